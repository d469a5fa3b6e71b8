//! How much memory the machine has left for this program.

/// What limits on this program (`ulimit -v`, `ulimit -d`) leave it, in bytes, if there are any. Beyond them nothing can be had,
/// so that the program would end; what other programs take is another matter, which changes from moment to moment.
#[cfg(target_os = "linux")]
pub fn left_by_limits() -> Option<u64> {
    use rustix::process::{Resource, getrlimit};
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let limits = [(Resource::As, "VmSize:"), (Resource::Data, "VmData:")];
    let left = limits.into_iter().filter_map(|(resource, name)| {
        let taken = named(name, &status).unwrap_or(0);
        Some(getrlimit(resource).current?.saturating_sub(taken))
    });
    left.min()
}

/// Elsewhere the system is not asked.
#[cfg(not(target_os = "linux"))]
pub fn left_by_limits() -> Option<u64> {
    None
}

/// What the system can give without pushing other programs out, in bytes; `None` where it is not asked.
#[cfg(target_os = "linux")]
pub fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    named("MemAvailable:", &text)
}

/// Elsewhere the system is not asked.
#[cfg(not(target_os = "linux"))]
pub fn available() -> Option<u64> {
    None
}

/// The bytes that the line called `name` of a text such as Linux's /proc/meminfo has in kB.
#[cfg(target_os = "linux")]
fn named(name: &str, text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_available_memory_is_read() {
        let text =
            "MemTotal:       24689124 kB\nMemFree:         5000 kB\nMemAvailable:   2048 kB\n";
        let available = |text| named("MemAvailable:", text);
        assert_eq!(available(text), Some(2 << 20));
        assert_eq!(available("MemTotal: 1 kB\n"), None);
        assert_eq!(available("MemAvailable: much\n"), None);
    }
}
