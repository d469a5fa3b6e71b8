"""A large CSV becoming a table: csv_import.rs and pandas in turn, in the same minutes, one process each at a time.

    python3 benches/csv_import.py            # builds the bench, then about a minute
    python3 benches/csv_import.py --one-core # both on one core; otherwise both use threads: pandas 3.1 its own

1,000,000 rows of 10 columns of floats, once with all their digits, once with three. rnnscope finds out how the file is
written, reads it and makes its table; pandas does `read_csv(path).to_numpy(float64)`, with the parser it has by default.
Medians of 7 runs each, the file being in the disk cache; each is measured three times in turn and the best median taken.
Memory is the most that the process had, as a multiple of the file; that of the interpreter is taken off pandas'.

Reached if rnnscope is no slower than pandas and has less than four times the file.
"""

import os
import re
import subprocess
import sys

RUNS = 7

PANDAS = f"""
import resource, sys, time
import numpy, pandas
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
times = []
for _ in range({RUNS}):
    begun = time.perf_counter()
    values = pandas.read_csv(sys.argv[1]).to_numpy(numpy.float64)
    times.append(time.perf_counter() - begun)
    assert values.shape == (1_000_000, 10)
peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
print(sorted(times)[{RUNS} // 2], peak, pandas.__version__)
"""


def rnnscope(kind):
    command = ["cargo", "bench", "--quiet", "--bench", "csv_import", "--", kind]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"bytes=(\d+) seconds=([\d.]+) peak_bytes=(\d+) path=(.+)", output)
    size, seconds, peak, path = found.groups()
    return int(size), float(seconds), int(peak), path


def pandas(path):
    command = [sys.executable, "-c", PANDAS, path]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, peak, version = output.split()
    return float(seconds), int(peak), version


if "--one-core" in sys.argv:
    os.sched_setaffinity(0, {0})
for kind in ["long", "short"]:
    ours, theirs = [], []
    for _ in range(3):
        size, seconds, peak, path = rnnscope(kind)
        ours.append((seconds, peak))
        seconds, peak, version = pandas(path)
        theirs.append((seconds, peak))
    (seconds, peak), (their_seconds, their_peak) = min(ours), min(theirs)
    reached = seconds <= their_seconds and peak < 4 * size
    print(
        f"{kind} numbers, {size / 1e6:.0f} MB: "
        f"rnnscope {seconds:.2f} s, {peak / size:.2f} x the file; "
        f"pandas {version} {their_seconds:.2f} s, {their_peak / size:.2f} x the file; "
        f"{their_seconds / seconds:.2f} times as fast: {'reached' if reached else 'NOT reached'}"
    )
