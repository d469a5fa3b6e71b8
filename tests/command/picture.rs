//! Pictures drawn without a display: that they are whole, the same each time, and show what was asked for.

use rnnscope::app::picture::{Picture, PictureError, Pixels, Place, What};
use rnnscope::app::views::{self, Purpose};
use rnnscope::experiment::gallery;
use rnnscope::lesson::Shelf;
use rnnscope::nn::Sweep;
use rnnscope::session::{Comparison, Origin};
use std::collections::HashSet;
use std::process::Command as Process;
use std::sync::Arc;

fn picture(what: What) -> Picture {
    Picture {
        importing: false,
        origin: None,
        compare: None,
        updates: 0,
        at: None,
        what,
        lesson: None,
        size: [1280, 800],
        scale: 1.0,
        dark: false,
    }
}

fn drawn(picture: &Picture) -> Pixels {
    let pixels = picture.draw().unwrap();
    let alphas = pixels.bytes.iter().skip(3).step_by(4);
    assert!(alphas.copied().all(|alpha| alpha == 255), "a hole");
    let colors: HashSet<&[u8]> = pixels.bytes.chunks_exact(4).collect();
    assert!(colors.len() > 50, "{} colours: {picture:?}", colors.len());
    pixels
}

/// The share of pixels that differ.
fn difference(a: &Pixels, b: &Pixels) -> f64 {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let pairs = a.bytes.chunks_exact(4).zip(b.bytes.chunks_exact(4));
    let (all, other) = (a.bytes.len() / 4, pairs.filter(|(a, b)| a != b).count());
    other as f64 / all as f64
}

#[test]
fn the_same_picture_comes_each_time() {
    let asked = Picture {
        updates: 20,
        scale: 1.5,
        ..picture(What::Window)
    };
    let once = drawn(&asked);
    assert_eq!((once.width, once.height), (1920, 1200));
    assert_eq!(once, drawn(&asked));
}

#[test]
fn every_layout_and_view_is_drawn_in_light_and_dark() {
    let layouts = Purpose::ALL.map(What::Layout).into_iter();
    // An autoregression is of forecasts alone.
    let idle = "autoregression";
    let nothing = Picture {
        origin: Some(Origin::Gallery("dates".into())),
        ..picture(What::View(idle.into()))
    };
    let refused = nothing.draw().unwrap_err();
    assert!(
        matches!(&refused, PictureError::Idle { view, .. } if view == idle),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("It answers “Which lags"),
        "{refused}"
    );
    // So is memory; of several runs, and of one that ended.
    let others = ["memory", "side_by_side", "autopsy"];
    let shown = |view: &&str| *view != idle && !others.contains(view);
    let views = views::names().into_iter().filter(shown);
    let all = layouts.chain(views.map(|view| What::View(view.to_owned())));
    let mut seen: Vec<(What, Pixels)> = Vec::new();
    for what in all {
        let of = |dark| Picture {
            // A model of everything: a view of attention has nothing to say of others.
            origin: Some(Origin::Gallery("dates".into())),
            dark,
            size: [900, 640],
            ..picture(what.clone())
        };
        let light = drawn(&of(false));
        assert!(difference(&light, &drawn(&of(true))) > 0.5, "{what:?}");
        for (other, pixels) in &seen {
            assert!(difference(&light, pixels) > 0.001, "{what:?} {other:?}");
        }
        seen.push((what, light));
    }
}

#[test]
fn every_experiment_of_the_gallery_is_drawn_in_the_smallest_window() {
    for entry in gallery::EXPERIMENTS {
        let asked = Picture {
            origin: Some(Origin::Gallery(entry.name.into())),
            updates: 1,
            size: [880, 560],
            ..picture(What::Window)
        };
        drawn(&asked);
    }
}

#[test]
fn a_cursor_a_lesson_and_training_make_a_difference() {
    let plain = drawn(&picture(What::Window));
    let asked = [
        Picture {
            at: Some(Place {
                sweep: Sweep::Backward,
                steps: Some(3),
                operations: None,
            }),
            ..picture(What::Window)
        },
        Picture {
            updates: 50,
            ..picture(What::Window)
        },
    ];
    for other in asked {
        assert!(difference(&plain, &drawn(&other)) > 0.005, "{other:?}");
    }
    let shelf = Shelf::built_in(&views::places());
    let lesson = Arc::clone(&shelf.lessons[0]);
    let page = |page| Picture {
        lesson: Some((Arc::clone(&lesson), page)),
        ..picture(What::Window)
    };
    let (first, second) = (drawn(&page(0)), drawn(&page(1)));
    assert!(difference(&plain, &first) > 0.005);
    assert!(difference(&first, &second) > 0.005);
}

/// The runs of a comparison are there, and both views of them.
#[test]
fn a_comparison_is_set_up_and_drawn() {
    let of = |what: What, compare| Picture {
        compare,
        updates: 3,
        size: [900, 640],
        ..picture(what)
    };
    let layout = || What::Layout(Purpose::Compare);
    let alone = drawn(&of(layout(), None));
    let mut seen = vec![alone];
    for comparison in [Comparison::CellsByUnits, Comparison::Seed] {
        let pixels = drawn(&of(layout(), Some(comparison)));
        for other in &seen {
            assert!(difference(&pixels, other) > 0.005, "{comparison:?}");
        }
        seen.push(pixels);
    }
    let view = What::View("side_by_side".into());
    drawn(&of(view, Some(Comparison::Precision)));
}

#[test]
fn a_picture_that_is_too_large_or_of_nothing_says_so() {
    let large = Picture {
        size: [8000, 8000],
        scale: 4.0,
        ..picture(What::Window)
    };
    let found = 32_000 * 32_000;
    assert_eq!(large.draw(), Err(PictureError::TooLarge { found }));
    let nothing = Picture {
        origin: Some(Origin::File("no such file.toml".into())),
        ..picture(What::Window)
    };
    let problem = nothing.draw().unwrap_err().to_string();
    assert!(problem.contains("no such file.toml"), "{problem}");
    let table = Picture {
        origin: Some(Origin::File("assets/data/sunspots.csv".into())),
        ..picture(What::Window)
    };
    assert_eq!(table.draw(), Err(PictureError::Unknown));
}

/// However far one asks for, the cursor stays in its sweep, and that takes no time.
#[test]
fn a_place_beyond_the_end_is_the_end_of_its_sweep() {
    for sweep in [Sweep::Forward, Sweep::Backward] {
        let at = |steps| Picture {
            at: Some(Place {
                sweep,
                steps,
                operations: None,
            }),
            ..picture(What::View("network".into()))
        };
        assert_eq!(drawn(&at(Some(u32::MAX))), drawn(&at(None)), "{sweep:?}");
    }
}

#[test]
fn the_command_line_writes_a_png() {
    let out = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("window.png");
    let program = || Process::new(env!("CARGO_BIN_EXE_rnnscope"));
    let run = program()
        .args(["picture", "--layout", "gradients", "--at", "backward:3"])
        .args(["--size", "640x480", "--theme", "dark", "--out"])
        .arg(&out)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let image = image::load_from_memory(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!((image.width(), image.height()), (640, 480));
    for (arguments, expected) in [
        (["--layout", "everything"], "explore, cell, gradients"),
        (["--view", "gate"], "gates"),
        (["--size", "12x12"], "from 200x200"),
        (["--scale", "9"], "from 0.5 to 4"),
        (["--at", "sideways"], "forward or backward"),
        (["--lesson", "no-such"], "expected one of"),
        (["--updates", "100001"], "100001"),
        (["--out", "mine.toml"], "ends in .png"),
    ] {
        let run = program()
            .arg("picture")
            .args(arguments)
            .arg("--out")
            .arg(&out)
            .output();
        let run = run.unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(
            !run.status.success() && said.contains(expected),
            "{arguments:?}: {said}"
        );
    }
}
