//! A request to stop, which long work looks at between its steps.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, shared by whoever makes it and whoever heeds it. Once made it stands.
///
/// A pass through a network looks at it at every step and returns early. What it leaves in its workspace then means nothing;
/// whoever asked for the pass looks at the request after it: if it was not made by then, the pass was whole.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Makes the request.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was made.
    pub fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether to go on, in the form in which long work asks.
    pub fn goes_on(&self) -> ControlFlow<()> {
        if self.is_asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
