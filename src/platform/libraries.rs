//! What the window needs of the desktop, looked for before winit would stumble over it.
//!
//! The one file that holds `unsafe`: loading a library to see whether it is there runs its
//! initialisers, which no safe crate can vouch for.

/// Why no window can be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// No desktop to draw on.
    #[error(
        "found no display, expected one named by DISPLAY or WAYLAND_DISPLAY. Start it from a desktop; \
         `rnnscope run` and `rnnscope check` need no display."
    )]
    Display,
    /// A library of the desktop.
    #[error(
        "found no {library}, which the window needs. On Debian and Ubuntu: apt install {package}"
    )]
    Library {
        /// Its file.
        library: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
}

/// Libraries opened at run time under X11, and the packages that have them.
#[cfg(target_os = "linux")]
const X11: &[(&str, &str)] = &[
    ("libX11.so.6", "libx11-6"),
    ("libX11-xcb.so.1", "libx11-xcb1"),
    ("libXcursor.so.1", "libxcursor1"),
    ("libXi.so.6", "libxi6"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
];

/// The same under Wayland.
#[cfg(target_os = "linux")]
const WAYLAND: &[(&str, &str)] = &[
    ("libwayland-client.so.0", "libwayland-client0"),
    ("libwayland-egl.so.1", "libwayland-egl1"),
    ("libxkbcommon.so.0", "libxkbcommon0"),
];

/// Drawing itself, under both; either will do.
#[cfg(target_os = "linux")]
const GRAPHICS: (&[&str], &str, &str) = (&["libEGL.so.1", "libGL.so.1"], "libGL.so.1", "libgl1");

/// Looks for a display and the libraries.
///
/// # Errors
/// What is missing, and the package that has it.
#[cfg(target_os = "linux")]
pub fn check() -> Result<(), Missing> {
    let named = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let libraries = if named("WAYLAND_DISPLAY") || named("WAYLAND_SOCKET") {
        WAYLAND
    } else if named("DISPLAY") {
        X11
    } else {
        return Err(Missing::Display);
    };
    for &(library, package) in libraries {
        if !loads(library) {
            return Err(Missing::Library { library, package });
        }
    }
    let (any, library, package) = GRAPHICS;
    if any.iter().any(|library| loads(library)) {
        Ok(())
    } else {
        Err(Missing::Library { library, package })
    }
}

/// Elsewhere the desktop always has what is needed.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn check() -> Result<(), Missing> {
    Ok(())
}

#[cfg(target_os = "linux")]
#[allow(
    unsafe_code,
    reason = "dlopen is the question winit will ask; there is no safe way to ask it"
)]
fn loads(library: &str) -> bool {
    // SAFETY: these are the desktop's own libraries, which winit and glutin load the same way right after; their
    // initialisers have no preconditions. Nothing is called in them here.
    unsafe { libloading::Library::new(library) }.is_ok()
}
