//! `cargo bench --bench frame [-- WORDS]`: what the window itself works per frame, while the worker trains beside it and at
//! rest; with words, only rows that hold one of them.
//!
//! The real application is driven in a headless egui: input, layout, all views, and the tessellation into triangles. What
//! is missing is the graphics driver's part. As on a screen a frame is due every 1/60 s, so that the worker has time to
//! publish a snapshot for nearly every frame: the dearest case, since all that is drawn is new.
//!
//! Measured is the processor time of the window's own thread, on Linux: with as many busy threads as processors, the clock on
//! the wall counts what others took as well. It stands beside, since it is what a user waits for. Milliseconds depend on the
//! machine; beside them stand counts, which do not.
#![allow(
    unsafe_code,
    reason = "an allocator is unsafe by its trait; it hands everything on to the system's"
)]

use eframe::egui::epaint::Primitive;
use eframe::egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, Vec2};
use rnnscope::app::App;
use rnnscope::app::views::{self, Purpose};
use rnnscope::experiment::Location;
use rnnscope::lesson::{self, Files};
use rnnscope::nn::SetWeight;
use rnnscope::session::{Command, Comparison, Origin};
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

/// As long as a sequence is to stay usable: far more steps than a screen has pixels.
const LONG: &str = r#"format = 1
seed = 1
[data]
task = "adding"
length = 10_000
train_sequences = 4
test_sequences = 2
[model]
cell = "lstm"
hidden_size = 8
readout = "last"
[training]
updates = 1_000_000
batch_size = 1
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

/// The processor time that this thread has had; elsewhere than on Linux, the time on the wall.
fn own_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }
    #[cfg(not(target_os = "linux"))]
    {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed()
    }
}

struct Window {
    ctx: Context,
    app: App,
    size: Vec2,
    frames: u32,
}

/// What one frame cost, and whether it showed something new.
struct Cost {
    milliseconds: f64,
    /// The same on the wall.
    wall: f64,
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
        window.warm_up();
        window
    }

    fn warm_up(&mut self) {
        for _ in 0..WARM_UP {
            self.frame(Vec::new());
        }
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
        let (start, wall) = (own_time(), Instant::now());
        let output = self.ctx.run_ui(input, |ui| self.app.frame(ui));
        let shapes = output.shapes.len();
        let triangles = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let milliseconds = (own_time() - start).as_secs_f64() * 1e3;
        let wall = wall.elapsed().as_secs_f64() * 1e3;
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
            wall,
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
    let mut wall: Vec<f64> = costs.iter().map(|cost| cost.wall).collect();
    wall.sort_by(f64::total_cmp);
    let wall = wall[((wall.len() - 1) as f64 * 0.99).round() as usize];
    let new = costs.iter().filter(|cost| cost.new).count();
    let median = |which: usize| {
        let mut sorted: Vec<usize> = costs.iter().map(|cost| cost.counts[which]).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    println!(
        "  {what:<44}{:>8.2}{:>8.2}{:>8.2}{:>10.2}{:>8.0} %{:>10}{:>10}{:>10}{:>13}",
        at(0.5),
        at(0.99),
        at(1.0),
        wall,
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
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let wants =
        |what: &str| wanted.is_empty() || wanted.iter().any(|word| what.contains(word.as_str()));
    println!(
        "The window's own work per frame in milliseconds of its thread's processor time: input, layout, views and"
    );
    println!(
        "tessellation, without the graphics driver. {FRAMES} frames a row, every 1/60 s while training, at once otherwise."
    );
    println!(
        "“wall” is the 99th percentile on the clock, “new” the share of frames that showed a new snapshot. One point is one"
    );
    println!(
        "pixel. Counts are medians: shapes, vertices, texels sent to the graphics driver, and how often memory was asked for."
    );
    if wants("first frame") {
        first_frame();
    }
    if wants("edits") {
        edits();
    }
    for size in [Vec2::new(1280.0, 800.0), Vec2::new(1920.0, 1080.0)] {
        head(&format!("{} × {}", size.x, size.y));
        for (what, source) in [
            ("sunspots, LSTM of 16, 22 steps", None),
            ("adding, LSTM of 128, 500 steps", Some(large())),
            ("adding, LSTM of 8, 10,000 steps", Some(long())),
        ] {
            if wants(what) {
                let mut window = Window::open(size, source);
                training_rows(&format!("{what}, training"), &window.training());
                row("  at rest", &window.resting());
                row("  stepping", &window.stepping());
                row("  pointer over the views", &window.hovering());
            }
        }
        if wants("lesson") {
            let mut window = Window::open(size, None);
            let files = Files::BuiltIn(&[("large.toml", LARGE)]);
            let lesson = lesson::read("asking", ASKING, &files, &views::names());
            window.app.begin(Arc::new(lesson.expect("it reads")));
            window.app.settle();
            training_rows("a lesson with ten measures, training", &window.training());
            row("  at rest", &window.resting());
        }
        if wants("four runs") {
            for layout in [Purpose::Compare, Purpose::All] {
                let mut window = Window::open(size, None);
                window
                    .app
                    .command(Command::Compare(Comparison::CellsByUnits));
                window.app.settle();
                window.app.command(Command::Compare(Comparison::Seed));
                window.app.settle();
                window.app.lay_out(layout);
                window.warm_up();
                let runs = window.app.session().runs().len();
                let what = format!("{runs} runs of sunspots, {}, training", layout.title());
                training_rows(&what, &window.training());
            }
        }
    }
    let size = Vec2::new(1920.0, 1080.0);
    if wants("layouts") {
        head("each layout, 1920 × 1080, LSTM of 128, 500 steps");
        for layout in Purpose::ALL {
            let mut window = Window::open(size, Some(large()));
            window.app.lay_out(layout);
            window.warm_up();
            training_rows(&format!("{}, training", layout.title()), &window.training());
        }
    }
    if wants("every view") {
        let size = Vec2::new(3840.0, 2160.0);
        head("every view at once, 3840 × 2160");
        for (what, source) in [
            ("sunspots", None),
            ("LSTM of 128, 500 steps", Some(large())),
        ] {
            let mut window = Window::open(size, source);
            window.app.open_all();
            window.warm_up();
            training_rows(&format!("{what}, training"), &window.training());
            row("  at rest", &window.resting());
        }
    }
    if wants("views") {
        head("each view by itself, 1920 × 1080, LSTM of 128, 500 steps");
        let mut window = Window::open(size, Some(large()));
        for view in views::names() {
            window.app.enlarge(view);
            window.warm_up();
            training_rows(&format!("{view}, training"), &window.training());
        }
    }
}

/// How long a weight that was set by hand takes to be seen, on the clock: from the command to the end of the first frame that
/// shows the network with it. The forecasts of all sequences may come later, where there are many.
fn edits() {
    println!();
    println!(
        "a weight set by hand, until it is seen{:>24}{:>8}",
        "median", "worst"
    );
    for name in [
        "sunspots",
        "co2",
        "dates",
        "reverse",
        "adding",
        "next_character",
    ] {
        let source = Origin::Gallery(name.into());
        let mut window = Window::open(Vec2::new(1280.0, 800.0), Some(source));
        window.app.command(Command::Update(3));
        window.app.settle();
        window.frame(Vec::new());
        let snapshot = window.app.session().snapshot();
        let network = snapshot.map(|snapshot| snapshot.material.network.clone());
        let Some(weight) = network.and_then(|network| {
            let entry = network.entries().into_iter().next()?;
            Some((entry.name, entry.shape.len()))
        }) else {
            continue;
        };
        let mut waits: Vec<f64> = (0..15)
            .map(|count| {
                let set = SetWeight {
                    parameter: weight.0.clone(),
                    index: vec![0; weight.1],
                    value: 0.01 * f64::from(count + 1),
                };
                let parameters = |window: &Window| {
                    let snapshot = window.app.session().snapshot();
                    snapshot.map(|snapshot| snapshot.model.parameters().to_vec())
                };
                let before = parameters(&window);
                let start = Instant::now();
                window.app.command(Command::SetNumber(set));
                while parameters(&window) == before {
                    window.frame(Vec::new());
                }
                let wait = start.elapsed().as_secs_f64() * 1e3;
                window.app.settle();
                wait
            })
            .collect();
        waits.sort_by(f64::total_cmp);
        println!("  {name:<54}{:>6.0}{:>8.0}", waits[7], waits[14]);
    }
}

fn large() -> Origin {
    of_text(LARGE, "large")
}

fn long() -> Origin {
    of_text(LONG, "long")
}

fn of_text(text: &str, name: &str) -> Origin {
    Origin::Text {
        text: text.into(),
        location: Location::BuiltIn,
        name: name.into(),
    }
}

fn head(what: &str) {
    println!();
    println!(
        "{what:<46}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>13}",
        "median",
        "99 %",
        "worst",
        "wall 99 %",
        "new",
        "shapes",
        "vertices",
        "texels",
        "allocations"
    );
}

/// From nothing to the first frame on the screen, and to the first that shows a trained network's record; the graphics driver
/// and the desktop's window left out.
fn first_frame() {
    let start = Instant::now();
    let ctx = Context::default();
    let app = App::headless(&ctx, None);
    let mut window = Window {
        ctx,
        app,
        size: Vec2::new(1280.0, 800.0),
        frames: 0,
    };
    window.frame(Vec::new());
    let first = start.elapsed();
    while window.app.session().snapshot().is_none() {
        window.frame(Vec::new());
    }
    let whole = start.elapsed();
    println!();
    println!(
        "first frame after {:.0} ms, first frame with the network's record after {:.0} ms",
        first.as_secs_f64() * 1e3,
        whole.as_secs_f64() * 1e3
    );
}
