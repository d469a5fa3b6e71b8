//! A curve that the learner draws over an empty plot before the engine's own is laid over it.
//!
//! A sketch is judged by its shape and by three of its points. The *shape* is read off heights, as shares of the axis: what
//! changes by less than a tenth of the axis is level. The points are the first, the middle and the last one, where what was
//! drawn has to come [near](Near) what the engine says.

use super::expression::{Expression, Missing, Scope, Value};
use super::near::Near;
use crate::session::Session;

/// What the curve's whole number is called in its formula.
pub const INDEX: &str = "k";

/// How many points a learner sets, unless a lesson says it.
pub const POINTS: usize = 9;

/// The fewest and the most.
pub const FEWEST: usize = 3;
/// The most.
pub const MOST: usize = 15;

/// What changes by less than this share of the axis is level.
pub const LEVEL: f64 = 0.1;

/// The longest curve.
const LONGEST: i64 = 2_000;

/// What is drawn, and how it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Sketch {
    /// The first value of the whole number that the curve goes over.
    pub from: Expression,
    /// The last.
    pub to: Expression,
    /// Whether the axis is logarithmic.
    pub log: bool,
    /// Its ends, the lower one first.
    pub range: (f64, f64),
    /// How many points the learner sets, at most.
    pub points: usize,
    /// How near the first, the middle and the last point have to come.
    pub near: Near,
    /// What the whole number is.
    pub across: String,
    /// What the curve is.
    pub up: String,
}

/// The shape of a curve, as it is read from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// It stays about level.
    Flat,
    /// It goes up.
    Rises,
    /// It goes down.
    Falls,
    /// Up, then down.
    Hump,
    /// Down, then up.
    Dip,
}

impl Shape {
    /// All of them, in the order of a question's parts.
    pub const ALL: [Shape; 5] = [
        Shape::Flat,
        Shape::Rises,
        Shape::Falls,
        Shape::Hump,
        Shape::Dip,
    ];

    /// What lessons call it.
    pub fn name(self) -> &'static str {
        match self {
            Shape::Flat => "flat",
            Shape::Rises => "rises",
            Shape::Falls => "falls",
            Shape::Hump => "hump",
            Shape::Dip => "dip",
        }
    }

    /// What such a curve does, in words.
    pub fn told(self) -> &'static str {
        match self {
            Shape::Flat => "stays about level",
            Shape::Rises => "rises",
            Shape::Falls => "falls",
            Shape::Hump => "rises, then falls",
            Shape::Dip => "falls, then rises",
        }
    }

    /// Its place among all.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The shape of a curve of these heights, as shares of the axis.
    pub fn of(heights: &[f64]) -> Self {
        let (Some(first), Some(last)) = (heights.first(), heights.last()) else {
            return Shape::Flat;
        };
        let highest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let lowest = heights.iter().copied().fold(f64::INFINITY, f64::min);
        let (over, under) = (highest - first.max(*last), first.min(*last) - lowest);
        match last - first {
            _ if over >= LEVEL && over >= under => Shape::Hump,
            _ if under >= LEVEL => Shape::Dip,
            change if change.abs() < LEVEL => Shape::Flat,
            change if change > 0.0 => Shape::Rises,
            _ => Shape::Falls,
        }
    }

    /// A curve of this shape with so many points, as heights.
    pub fn example(self, points: usize) -> Vec<f64> {
        let last = points.saturating_sub(1).max(1) as f64;
        let share = (0..points).map(|at| at as f64 / last);
        let height = |x: f64| match self {
            Shape::Flat => 0.5,
            Shape::Rises => x,
            Shape::Falls => 1.0 - x,
            Shape::Hump => 1.0 - (2.0 * x - 1.0).abs(),
            Shape::Dip => (2.0 * x - 1.0).abs(),
        };
        share.map(height).collect()
    }
}

/// A drawn curve beside the engine's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// The shape that was drawn.
    pub drawn: Shape,
    /// The engine's.
    pub engine: Shape,
    /// Whether the first, the middle and the last point are near.
    pub near: bool,
    /// Where the two differ most, on the axis: the point, what was drawn there, and what the engine says.
    pub farthest: (i64, f64, f64),
}

impl Held {
    /// Whether the sketch counts as right.
    pub fn is_right(&self) -> bool {
        self.drawn == self.engine && self.near
    }
}

impl Sketch {
    /// The first and the last value of the whole number.
    ///
    /// # Errors
    /// Why there are none.
    pub fn span(&self, session: &Session) -> Result<(i64, i64), Missing> {
        let scope = Scope::new(session);
        let (from, to) = (scope.number(&self.from)?, scope.number(&self.to)?);
        let whole = from.fract() == 0.0 && to.fract() == 0.0;
        if !whole || to <= from || to - from > LONGEST as f64 {
            return Err(Missing::Fault(format!(
                "found a curve from {from} to {to}, expected whole numbers, the first below the last, at most {LONGEST} apart"
            )));
        }
        Ok((from as i64, to as i64))
    }

    /// Where the learner's points stand, evenly over the span.
    pub fn places(&self, (from, to): (i64, i64)) -> Vec<i64> {
        let steps = to - from;
        let points = (self.points as i64).min(steps + 1);
        let last = (points - 1).max(1);
        (0..points)
            // To the nearest whole number.
            .map(|at| from + (2 * at * steps + last) / (2 * last))
            .collect()
    }

    /// The engine's own curve: its value at each whole number of the span.
    ///
    /// # Errors
    /// Why there is none.
    pub fn curve(&self, curve: &Expression, session: &Session) -> Result<Vec<f64>, Missing> {
        let (from, to) = self.span(session)?;
        let mut values = Vec::new();
        for k in from..=to {
            let mut scope = Scope::new(session);
            scope.name(INDEX, Value::Number(k as f64));
            let value = scope.number(curve)?;
            if !value.is_finite() || self.log && value <= 0.0 {
                let expected = if self.log { "above 0" } else { "finite" };
                return Err(Missing::Fault(format!(
                    "found the value {value} at {INDEX} = {k}, expected one {expected}"
                )));
            }
            values.push(value);
        }
        Ok(values)
    }

    /// Those of its values at which the learner's points stand.
    pub fn at_places(&self, span: (i64, i64), curve: &[f64]) -> Vec<f64> {
        let places = self.places(span).into_iter();
        let value = |k: i64| curve.get(usize::try_from(k - span.0).ok()?).copied();
        places.filter_map(value).collect()
    }

    /// How high a value stands, as a share of the axis: from 0 to 1 within its ends.
    pub fn height(&self, value: f64) -> f64 {
        let at = |value: f64| if self.log { value.log10() } else { value };
        let (low, high) = (at(self.range.0), at(self.range.1));
        (at(value) - low) / (high - low)
    }

    /// The value at a height.
    pub fn value_at(&self, height: f64) -> f64 {
        let (low, high) = self.range;
        match self.log {
            false => low + height * (high - low),
            true => 10f64.powf(low.log10() + height * (high.log10() - low.log10())),
        }
    }

    /// The shape of a curve of these values.
    pub fn shape(&self, values: &[f64]) -> Shape {
        let heights: Vec<f64> = values.iter().map(|value| self.height(*value)).collect();
        Shape::of(&heights)
    }

    /// Holds what was drawn, a value for each place, against the engine's curve; `None` if it has not as many.
    pub fn hold(&self, drawn: &[f64], span: (i64, i64), curve: &[f64]) -> Option<Held> {
        let (places, engine) = (self.places(span), self.at_places(span, curve));
        if drawn.len() != engine.len() || drawn.len() != places.len() {
            return None;
        }
        let last = drawn.len().checked_sub(1)?;
        let near = |at: usize| self.near.holds(drawn[at], engine[at]);
        let apart = |at: usize| (self.height(drawn[at]) - self.height(engine[at])).abs();
        let farthest =
            (0..drawn.len()).max_by(|&one, &other| apart(one).total_cmp(&apart(other)))?;
        Some(Held {
            drawn: self.shape(drawn),
            engine: self.shape(&engine),
            near: near(0) && near(last / 2) && near(last),
            farthest: (places[farthest], drawn[farthest], engine[farthest]),
        })
    }

    /// When a sketch counts as right, in words.
    pub fn rule(&self) -> String {
        let near = match self.near {
            Near::Factor(factor) => format!("within a factor of {factor}"),
            Near::Within(within) => format!("within {within}"),
        };
        format!(
            "Right is what has the engine’s shape and comes {near} at its first, middle and last point."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::on_latch::{read_on_latch, with_pages};
    use crate::lesson::player::{Player, Progress, Said, play};
    use crate::lesson::predict::Kind;
    use crate::lesson::prove::prove_one;
    use crate::lesson::{Block, Lesson, LessonError, Shelf};
    use std::sync::Arc;

    fn sketch(log: bool) -> Sketch {
        Sketch {
            from: Expression::Number(1.0),
            to: Expression::Number(5.0),
            log,
            range: if log { (1e-8, 1.0) } else { (-1.0, 1.0) },
            points: 3,
            near: if log {
                Near::Factor(10.0)
            } else {
                Near::Within(0.2)
            },
            across: "time step t".into(),
            up: "norm".into(),
        }
    }

    #[test]
    fn each_shape_is_read_off_its_own_example_and_small_changes_are_level() {
        for shape in Shape::ALL {
            for points in [FEWEST, POINTS, MOST] {
                assert_eq!(Shape::of(&shape.example(points)), shape, "{points}");
            }
            assert_eq!(Shape::ALL[shape.index()], shape);
        }
        assert_eq!(Shape::of(&[0.5, 0.58, 0.52]), Shape::Flat);
        // What goes up and down is told by what is larger.
        assert_eq!(Shape::of(&[0.5, 0.9, 0.3, 0.5]), Shape::Hump);
        assert_eq!(Shape::of(&[0.5, 0.7, 0.1, 0.5]), Shape::Dip);
        assert_eq!(Shape::of(&[0.9, 0.95, 0.4]), Shape::Falls);
    }

    #[test]
    fn a_sketch_is_right_by_its_shape_and_three_points() {
        let sketch = sketch(true);
        let span = (1, 5);
        assert_eq!(sketch.places(span), [1, 3, 5]);
        let curve = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];
        let held = |drawn: [f64; 3]| sketch.hold(&drawn, span, &curve).unwrap();
        let right = held([5e-6, 2e-4, 2e-2]);
        assert!(
            right.is_right() && right.engine == Shape::Rises,
            "{right:?}"
        );
        // The right shape elsewhere, and the right points are no sketch of another shape.
        let low = held([5e-6, 2e-4, 0.5]);
        assert!(low.drawn == Shape::Rises && !low.is_right());
        assert_eq!(low.farthest, (5, 0.5, 1e-2));
        let flat = held([1e-4; 3]);
        assert_eq!((flat.drawn, flat.is_right()), (Shape::Flat, false));
        assert!([1, 5].contains(&flat.farthest.0), "both ends are as far");
        assert_eq!(sketch.hold(&[1.0], span, &curve), None);
    }

    /// The course asks for curves, and what it says of them holds.
    #[test]
    fn the_sketches_of_the_course_are_proved() {
        let views = ["gates", "gradient_flow", "training", "number", "network"];
        let mut found = 0;
        for lesson in Shelf::built_in(&views).lessons {
            for (at, page) in lesson.pages.iter().enumerate() {
                let is_sketch = |block: &Block| match block {
                    Block::Predict(predict) => matches!(predict.kind, Kind::Sketch(_)),
                    _ => false,
                };
                if page.blocks.iter().any(is_sketch) {
                    found += 1;
                    assert_eq!(prove_one(&lesson, at), []);
                }
            }
        }
        assert!(found >= 2, "{found}");
    }

    fn lesson(answer: &str) -> Result<Lesson, Vec<LessonError>> {
        let pages = format!(
            "## One\n\n```setup\nexperiment = \"latch.toml\"\nset = {{ \"data.length\" = 5 }}\n```\n\n\
             ```predict\nkind = \"sketch\"\nquestion = \"How?\"\nanswer = {{ {answer} }}\nexplain = \"So.\"\n```\n"
        );
        read_on_latch(&with_pages("a", &pages))
    }

    /// What a lesson claims of a curve and the engine does not show is found, and so is what cannot be read.
    #[test]
    fn a_curve_that_cannot_be_drawn_is_found() {
        for (answer, problem) in [
            (
                "curve = \"norm(d_h[k])\", range = [1e-9, 10], scale = \"log\", factor = 2, up = \"n\"",
                "",
            ),
            (
                "curve = \"norm(d_h[k])\", range = [1e-9, 1e-8], scale = \"log\", factor = 2, up = \"n\"",
                "outside its range",
            ),
            (
                "curve = \"norm(h[k])\", from = 0, range = [1e-9, 10], scale = \"log\", factor = 2, up = \"n\"",
                "expected one above 0",
            ),
            (
                "curve = \"h[k][0]\", to = 1, range = [-1, 1], within = 0.1, up = \"h\"",
                "the first below the last",
            ),
            (
                "curve = \"h[k][0]\", to = 9, range = [-1, 1], within = 0.1, up = \"h\"",
                "has no answer",
            ),
        ] {
            let lesson = lesson(answer).unwrap_or_else(|errors| panic!("{errors:?}"));
            let found = prove_one(&Arc::new(lesson), 0);
            let told: String = found.iter().map(|found| found.problem.as_str()).collect();
            assert!(
                told.contains(problem) && told.is_empty() == problem.is_empty(),
                "{answer}: {told}"
            );
        }
        for (answer, problem) in [
            (
                "curve = \"h[1][0]\", range = [0, 1], within = 0.1, up = \"h\"",
                "found no k",
            ),
            (
                "curve = \"h[k][0]\", range = [1, 0], within = 0.1, up = \"h\"",
                "the lower one first",
            ),
            (
                "curve = \"h[k][0]\", range = [0, 1], scale = \"log\", within = 0.1, up = \"h\"",
                "above 0",
            ),
            (
                "curve = \"h[k][0]\", range = [0, 1], up = \"h\"",
                "within = 0.1",
            ),
            (
                "curve = \"h[k][0]\", range = [0, 1], within = 0.1",
                "found no “up”",
            ),
            (
                "curve = \"h[k][0]\", range = [0, 1], within = 0.1, up = \"h\", points = 2",
                "from 3 to 15",
            ),
            (
                "curve = \"h[j][0]\", range = [0, 1], within = 0.1, up = \"h\"",
                "“h[j][0]”",
            ),
        ] {
            let errors = lesson(answer).expect_err(answer);
            let told: String = errors.iter().map(|error| error.problem.as_str()).collect();
            assert!(told.contains(problem), "{answer}: {told}");
        }
    }

    /// What was drawn is judged, kept and read back, and a shape is no answer to another question.
    #[test]
    fn a_sketch_is_judged_by_the_player_and_kept() {
        let answer =
            "curve = \"norm(d_h[k])\", range = [1e-9, 10], scale = \"log\", factor = 2, up = \"n\"";
        let lesson = Arc::new(lesson(answer).unwrap_or_else(|errors| panic!("{errors:?}")));
        let mut player = Player::new(Arc::clone(&lesson), Progress::default());
        let mut session = Session::new(|| {});
        play(&mut session, &player.approach()).unwrap();
        let Block::Predict(predict) = &lesson.pages[0].blocks[0] else {
            panic!("a question");
        };
        let Kind::Sketch(sketch) = &predict.kind else {
            panic!("a sketch");
        };
        let engine = sketch.curve(&predict.answer, &session).unwrap();
        assert_eq!(engine.len(), 5);
        player.say(0, Said::Sketch(vec![1.0; 3]), &session);
        assert_eq!(player.answer(0), None, "as many points as there are");
        player.begin_again();
        player.say(0, Said::Choice(0), &session);
        assert_eq!((player.answer(0), player.waiting(0)), (None, None));
        player.say(0, Said::Sketch(engine.clone()), &session);
        let right = player.answer(0).expect("it is answered");
        assert!(right.is_right(predict) && player.page_done());
        assert_eq!(player.sketched(0).unwrap().drawn, engine);
        let kept = serde_json::to_string(&player.progress).unwrap();
        let back: Progress = serde_json::from_str(&kept).unwrap();
        let back = Player::new(Arc::clone(&lesson), back);
        let kept = &back.sketched(0).unwrap().drawn;
        // Numbers may come back from JSON with another last digit.
        let same = |(one, other): (&f64, &f64)| (one - other).abs() <= 1e-12 * one.abs();
        assert!(kept.len() == engine.len() && kept.iter().zip(&engine).all(same));
        assert!(back.answer(0).unwrap().is_right(predict));
        player.begin_again();
        assert_eq!(player.sketched(0), None);
        player.say(0, Said::Sketch(vec![engine[4]; 5]), &session);
        let flat = player.answer(0).expect("it is answered");
        assert_eq!(
            (flat.chosen, flat.is_right(predict)),
            (Shape::Flat.index(), false)
        );
    }

    #[test]
    fn heights_go_with_the_scale_and_points_stand_on_whole_steps() {
        for sketch in [sketch(true), sketch(false)] {
            for height in [0.0, 0.25, 1.0] {
                let back = sketch.height(sketch.value_at(height));
                assert!((back - height).abs() < 1e-12, "{back}");
            }
        }
        assert!((sketch(true).height(1e-4) - 0.5).abs() < 1e-12);
        let many = Sketch {
            points: 9,
            ..sketch(false)
        };
        assert_eq!(many.places((1, 4)), [1, 2, 3, 4]);
        assert_eq!(many.places((1, 20)), [1, 3, 6, 8, 11, 13, 15, 18, 20]);
    }
}
