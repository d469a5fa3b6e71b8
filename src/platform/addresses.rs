//! Room for addresses, where a limit (`ulimit -v`) counts it.
//!
//! glibc sets aside 64 MiB of addresses for each of up to eight arenas a processor, as threads come and go; what lies in them
//! is little. Under a limit on addresses that alone leaves nothing for the work. How many arenas there are is read from the
//! environment before the program begins, so it begins once more.

/// Begins the program once more with a single arena if there is a limit on its addresses. To be called before anything else.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn spare() {
    use rustix::process::{Resource, getrlimit};
    use std::env;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    const ARENAS: &str = "MALLOC_ARENA_MAX";
    if getrlimit(Resource::As).current.is_none() || env::var_os(ARENAS).is_some() {
        return;
    }
    let mut arguments = env::args_os();
    let (Ok(program), Some(name)) = (env::current_exe(), arguments.next()) else {
        return;
    };
    let mut again = Command::new(program);
    again.arg0(name).args(arguments).env(ARENAS, "1");
    // It comes back only where that cannot be; then the program goes on with what it has.
    drop(again.exec());
}

/// Elsewhere addresses are not limited, or not taken so.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn spare() {}
