//! `cargo bench --bench frame`: what the window itself works per frame, while the worker trains beside it and at rest.
//!
//! The real application is driven in a headless egui: input, layout, all views, and the tessellation into triangles. What
//! is missing is the graphics driver's part. As on a screen a frame is due every 1/60 s, so that the worker has time to
//! publish a snapshot for nearly every frame: the dearest case, since all that is drawn is new.
//!
//! Milliseconds depend on the machine and on what else it does; beside them stand counts, which do not.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; it hands everything on to the system's"
)]

use eframe::egui::epaint::Primitive;
use eframe::egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, Vec2};
use rnnscope::app::{App, views};
use rnnscope::experiment::Location;
use rnnscope::lesson::{self, Files};
use rnnscope::session::Origin;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Counts how often each thread asks for memory.
struct Counting;

fn count() {
    // A thread that is ending has no counter any more; nobody reads it then.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is handed on unchanged to the system's allocator; counting touches a plain cell of the thread.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A screen's frame.
const INTERVAL: Duration = Duration::from_nanos(16_666_667);
/// Frames measured in each row.
const FRAMES: usize = 400;
/// Frames before that: textures are made, panes find their place.
const WARM_UP: usize = 20;

/// As large as one looks at: 128 units over 500 steps.
const LARGE: &str = r#"format = 1
seed = 1
[data]
task = "adding"
length = 500
train_sequences = 64
test_sequences = 16
[model]
cell = "lstm"
hidden_size = 128
readout = "last"
[training]
updates = 1_000_000
batch_size = 4
precision = "f32"
evaluate_every = 1_000
"#;

/// A page whose text has ten numbers, most of which take work: products of Jacobians, spectra, walks over all units.
const ASKING: &str = r#"+++
id = "asking"
title = "Ten numbers"
summary = "A page that asks."
minutes = 1
+++

## Ten numbers

{{ jacobian.log10_norm from=0 to=-1 }}, {{ jacobian.log10_norm from=0 to=50 }}, {{ jacobian.sigma t=50 }}, {{ weights.spectral_radius }},
{{ weights.sigma }}, {{ saturation quantity=f }}, {{ quantity.mean quantity=f }}, {{ gradient.reach fraction=0.001 }},
{{ gradient.ratio from=-1 to=1 }}, {{ norm.largest }}

```setup
experiment = "large.toml"
set = { "data.length" = 100, "model.hidden_size" = 64, "training.updates" = 20000 }
```
"#;

struct Window {
    ctx: Context,
    app: App,
    size: Vec2,
    frames: u32,
}

/// What one frame cost, and whether it showed something new.
struct Cost {
    milliseconds: f64,
    new: bool,
    /// Shapes that were painted, vertices that they became, texels that changed, and how often memory was asked for.
    counts: [usize; 4],
}

impl Window {
    fn open(size: Vec2, source: Option<Origin>) -> Self {
        let ctx = Context::default();
        let mut app = App::headless(&ctx, source);
        app.overview();
        app.settle();
        let mut window = Self {
            ctx,
            app,
            size,
            frames: 0,
        };
        for _ in 0..WARM_UP {
            window.frame(Vec::new());
        }
        window
    }

    fn frame(&mut self, events: Vec<Event>) -> Cost {
        self.frames += 1;
        let before = self.app.session().version();
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(f64::from(self.frames) / 60.0),
            events,
            ..RawInput::default()
        };
        let allocations = ALLOCATIONS.get();
        let start = Instant::now();
        let output = self.ctx.run_ui(input, |ui| self.app.frame(ui));
        let shapes = output.shapes.len();
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let milliseconds = start.elapsed().as_secs_f64() * 1e3;
        let allocations = ALLOCATIONS.get() - allocations;
        assert!(triangles.len() > 1, "nothing was drawn");
        let vertices = triangles.iter().map(|part| match &part.primitive {
            Primitive::Mesh(mesh) => mesh.vertices.len(),
            Primitive::Callback(_) => 0,
        });
        let texels = output.textures_delta.set.values().flatten().map(|change| {
            let [width, height] = change.image.size();
            width * height
        });
        Cost {
            milliseconds,
            new: self.app.session().version() != before,
            counts: [shapes, vertices.sum(), texels.sum(), allocations],
        }
    }

    /// A frame each 1/60 s while training goes on; a finished run is begun again.
    fn training(&mut self) -> Vec<Cost> {
        let mut costs = Vec::with_capacity(FRAMES);
        for _ in 0..FRAMES + WARM_UP {
            let start = Instant::now();
            let snapshot = self.app.session().snapshot();
            let finished = snapshot.is_some_and(|snapshot| snapshot.update >= snapshot.planned);
            let events = match self.app.session().is_running() {
                true => Vec::new(),
                false if finished => press(Key::R),
                false => press(Key::T),
            };
            costs.push(self.frame(events));
            std::thread::sleep(INTERVAL.saturating_sub(start.elapsed()));
        }
        costs.split_off(WARM_UP)
    }

    /// Frames in which nothing changes: what a moved pointer over an empty place costs.
    fn resting(&mut self) -> Vec<Cost> {
        if self.app.session().is_running() {
            self.frame(press(Key::T));
        }
        self.app.settle();
        (0..FRAMES + WARM_UP)
            .map(|_| self.frame(Vec::new()))
            .skip(WARM_UP)
            .collect()
    }

    /// The cursor steps on in every frame, there and back, as while a key is held down.
    fn stepping(&mut self) -> Vec<Cost> {
        self.app.settle();
        self.frame(press(Key::OpenBracket));
        (0..FRAMES)
            .map(|_| self.frame(press(Key::ArrowRight)))
            .collect()
    }

    /// The pointer moves over the views in every frame, and links what is under it everywhere.
    fn hovering(&mut self) -> Vec<Cost> {
        self.frame(press(Key::End));
        let at = |k: usize| {
            let part = k as f32 / FRAMES as f32;
            Pos2::new(
                self.size.x * (0.4 + 0.5 * part),
                self.size.y * (0.1 + 0.8 * (7.0 * part).fract()),
            )
        };
        let places: Vec<Pos2> = (0..FRAMES).map(at).collect();
        places
            .into_iter()
            .map(|at| self.frame(vec![Event::PointerMoved(at)]))
            .collect()
    }
}

fn press(key: Key) -> Vec<Event> {
    let event = |pressed| Event::Key {
        key,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    vec![event(true), event(false)]
}

fn row(what: &str, costs: &[Cost]) {
    print_row(what, &costs.iter().collect::<Vec<_>>());
}

/// Two rows: of all frames, and of those that had something new to draw.
fn training_rows(what: &str, costs: &[Cost]) {
    row(what, costs);
    let new: Vec<&Cost> = costs.iter().filter(|cost| cost.new).collect();
    if !new.is_empty() {
        print_row("  of these, with a new snapshot", &new);
    }
}

fn print_row(what: &str, costs: &[&Cost]) {
    let mut sorted: Vec<f64> = costs.iter().map(|cost| cost.milliseconds).collect();
    sorted.sort_by(f64::total_cmp);
    let at = |part: f64| sorted[((sorted.len() - 1) as f64 * part).round() as usize];
    let new = costs.iter().filter(|cost| cost.new).count();
    let median = |which: usize| {
        let mut sorted: Vec<usize> = costs.iter().map(|cost| cost.counts[which]).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    println!(
        "  {what:<44}{:>8.2}{:>8.2}{:>8.2}{:>8.0} %{:>10}{:>10}{:>10}{:>13}",
        at(0.5),
        at(0.99),
        at(1.0),
        100.0 * new as f64 / costs.len() as f64,
        median(0),
        median(1),
        median(2),
        median(3)
    );
}

fn main() {
    // `cargo test --benches` only asks whether it runs.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!(
        "The window's own work per frame in milliseconds: input, layout, views and tessellation, on one thread;"
    );
    println!(
        "without the graphics driver. {FRAMES} frames a row, every 1/60 s while training, at once otherwise. “new” is"
    );
    println!(
        "the share of frames that showed a new snapshot. One point is one pixel. Counts are medians: shapes, vertices,"
    );
    println!(
        "texels sent to the graphics driver, and how often the window's thread asked for memory."
    );
    for size in [Vec2::new(1280.0, 800.0), Vec2::new(1920.0, 1080.0)] {
        println!();
        println!(
            "{:<46}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}{:>10}{:>13}",
            format!("{} × {}", size.x, size.y),
            "median",
            "99 %",
            "worst",
            "new",
            "shapes",
            "vertices",
            "texels",
            "allocations"
        );
        let mut window = Window::open(size, None);
        training_rows(
            "sunspots, LSTM of 16, 22 steps, training",
            &window.training(),
        );
        row("  at rest", &window.resting());
        row("  stepping", &window.stepping());
        row("  pointer over the views", &window.hovering());
        let large = Origin::Text {
            text: LARGE.into(),
            location: Location::BuiltIn,
            name: "large".into(),
        };
        let mut window = Window::open(size, Some(large));
        training_rows(
            "adding, LSTM of 128, 500 steps, training",
            &window.training(),
        );
        row("  at rest", &window.resting());
        row("  stepping", &window.stepping());
        row("  pointer over the views", &window.hovering());
        let mut window = Window::open(size, None);
        let files = Files::BuiltIn(&[("large.toml", LARGE)]);
        let lesson = lesson::read("asking", ASKING, &files, &views::names());
        window.app.begin(Arc::new(lesson.expect("it reads")));
        window.app.settle();
        training_rows("a lesson with ten measures, training", &window.training());
        row("  at rest", &window.resting());
    }
}
