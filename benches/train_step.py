"""The grid of train_step.rs in PyTorch, beside rnnscope, row by row in the same minute: times, ratios, verdicts.

    python3 benches/train_step.py            # builds the bench, then about three minutes; one thread each

PyTorch trains what the bench trains: one recurrent layer, a linear readout of the last step, squared error,
clip_grad_norm_(1.0), Adam, in f32 with denormals flushed. Medians of both. A row is reached if rnnscope is

- twice as fast (20 times where H is at most 16), or
- runs at two thirds of the floating-point rate of PyTorch's own 1024 x 1024 x 1024 product in this run.

FLOP of an update: 2 T B G H (2 I + 3 H), with G = 1 for the RNN, 4 for the LSTM, 3 for the GRU.
"""

import re
import subprocess
import time

import torch
from torch import nn

GRID = [
    (1, 50, 1, 8),
    (1, 100, 2, 16),
    (16, 100, 2, 32),
    (32, 100, 2, 64),
    (32, 200, 2, 128),
    (64, 100, 64, 256),
    (1, 500, 1, 32),
]
CELLS = {"rnn": (nn.RNN, 1), "lstm": (nn.LSTM, 4), "gru": (nn.GRU, 3)}


def median(times):
    return sorted(times)[len(times) // 2]


def product_rate():
    """GFLOP/s of a 1024 x 1024 x 1024 product."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    times = []
    for _ in range(15):
        begun = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - begun)
    return 2 * 1024**3 / median(times) * 1e-9


def pytorch(cell, shape):
    """The median time of an update in milliseconds."""
    batch, steps, inputs, hidden = shape
    torch.manual_seed(1)
    layer, readout = CELLS[cell][0](inputs, hidden), nn.Linear(hidden, 1)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-9)
    x, y = torch.rand(steps, batch, inputs) * 2 - 1, torch.rand(batch, 1) * 2 - 1

    def update():
        optimizer.zero_grad()
        loss = ((readout(layer(x)[0][-1]) - y) ** 2).mean()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()

    for _ in range(3):
        update()
    times, end = [], time.perf_counter() + 1.0
    while len(times) < 7 or time.perf_counter() < end:
        begun = time.perf_counter()
        update()
        times.append(time.perf_counter() - begun)
    return median(times) * 1e3


def processor():
    with open("/proc/cpuinfo") as about:
        return next((line.split(": ")[1].strip() for line in about if line.startswith("model name")), "?")


def executable():
    command = ["cargo", "bench", "--bench", "train_step", "--no-run"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return re.search(r"Executable .*\((.*)\)", told).group(1)


def rnnscope(program, cell, shape):
    """The median time of an update in milliseconds."""
    name = ",".join(map(str, shape))
    told = subprocess.run([program, "grid", cell, name], capture_output=True, text=True, check=True)
    return float(re.search(rf"^{cell} +{name} +([\d.]+)", told.stdout, re.M).group(1))


def main():
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    program = executable()
    rates = [product_rate()]
    rows = []
    for shape in GRID:
        for cell in CELLS:
            # In turns, so that a slow moment of the machine is shared.
            ours, theirs = [], []
            for _ in range(3):
                ours.append(rnnscope(program, cell, shape))
                theirs.append(pytorch(cell, shape))
            rows.append((cell, shape, median(ours), median(theirs)))
        rates.append(product_rate())
    product = median(rates)
    print(processor())
    print(f"PyTorch {torch.__version__}, 1024 x 1024 x 1024 product: {product:.1f} GFLOP/s "
          f"(from {min(rates):.1f} to {max(rates):.1f})")
    print(f"{'cell':<5} {'B,T,I,H':<15} {'rnnscope ms':>12} {'PyTorch ms':>12} {'ratio':>7} {'GFLOP/s':>8}  reached")
    for cell, shape, ours, theirs in rows:
        batch, steps, inputs, hidden = shape
        flop = 2 * steps * batch * CELLS[cell][1] * hidden * (2 * inputs + 3 * hidden)
        rate, ratio = flop / ours * 1e-6, theirs / ours
        wanted = 20 if hidden <= 16 else 2
        if ratio >= wanted:
            verdict = f"{wanted} x"
        elif rate >= 2 / 3 * product:
            verdict = f"two thirds of the product's rate ({rate / product:.0%})"
        else:
            verdict = f"NO: {wanted} x or {2 / 3 * product:.1f} GFLOP/s"
        name = ",".join(map(str, shape))
        print(f"{cell:<5} {name:<15} {ours:>12.4f} {theirs:>12.3f} {ratio:>7.1f} {rate:>8.1f}  {verdict}")


if __name__ == "__main__":
    main()
