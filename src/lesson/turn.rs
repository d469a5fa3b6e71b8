//! What a learner works out: a number, or a formula built from tiles. Both are held against what the engine computed, and so
//! are the slips that are usually made.

use super::expression::{Expression, Formula, Missing, STEPS, Scope, Source, Value};
use super::recall::Recall;
use crate::session::Session;

/// Something to work out.
#[derive(Clone, Debug)]
pub struct Turn {
    /// The question.
    pub question: String,
    /// Names of whole numbers, such as t = 3, that its formulas and texts use.
    pub variables: Vec<(String, f64)>,
    /// What the engine says.
    pub answer: Formula,
    /// How far from it a number may be, as a share of it.
    pub tolerance: f64,
    /// What is usually worked out instead.
    pub slips: Vec<Slip>,
    /// The way to the answer, line by line.
    pub working: Vec<Line>,
    /// What to understand, after it.
    pub explain: String,
    /// Help, from a nudge to the way.
    pub hints: Vec<String>,
    /// The pieces of a formula, if that is asked for.
    pub tiles: Vec<String>,
    /// Views that are covered until it is answered, beside those that tell of the answer by themselves.
    pub hide: Vec<String>,
    /// Views that stay open though they tell of the answer: it is to be looked up there.
    pub open: Vec<String>,
    /// How it is asked again on later days, if it is.
    pub recall: Option<Recall>,
}

/// A line of working: a formula, and what later ones call its value.
#[derive(Clone, Debug)]
pub struct Line {
    /// The name, if it has one.
    pub name: Option<String>,
    /// The formula.
    pub formula: Formula,
}

/// What is usually worked out instead of the answer.
#[derive(Clone, Debug)]
pub struct Slip {
    /// What comes out.
    pub value: Formula,
    /// What went wrong.
    pub reason: String,
}

/// What is said of what a learner worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Judged {
    /// It is the answer.
    Right,
    /// It is this slip, by its place in the list.
    Slip(usize),
    /// A formula that has the right value here, but not elsewhere.
    Coincidence,
    /// It is neither: so far away, as a share of the answer.
    Off(f64),
}

/// The least that counts as a difference, where an answer is 0.
const LEAST: f64 = 1e-9;

/// How far from the answer a number may be, unless a lesson says it.
pub const TOLERANCE: f64 = 0.01;

/// At how many other values of its names a formula is held against the answer, at the most.
const ELSEWHERE: usize = 400;

impl Turn {
    /// The names that its formulas and texts may use.
    pub fn names(&self) -> Vec<String> {
        self.variables
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Where its formulas find their numbers.
    pub fn scope<'a>(&self, session: &'a Session) -> Scope<'a> {
        self.scope_at(session, &self.variables).0
    }

    /// The same with other values of its names, and what each line of working is worth there.
    fn scope_at<'a>(
        &self,
        session: &'a Session,
        variables: &[(String, f64)],
    ) -> (Scope<'a>, Vec<Result<Value, Missing>>) {
        let mut scope = Scope::with(session, variables);
        let mut values = Vec::new();
        for line in &self.working {
            let value = scope.value(&line.formula.expression);
            if let (Some(name), Ok(value)) = (&line.name, &value) {
                scope.name(name, value.clone());
            }
            values.push(value);
        }
        (scope, values)
    }

    /// What the engine says.
    ///
    /// # Errors
    /// Why there is no value.
    pub fn value(&self, session: &Session) -> Result<f64, Missing> {
        self.scope(session).number(&self.answer.expression)
    }

    /// Whether two numbers count as the same here.
    pub fn same(&self, said: f64, value: f64) -> bool {
        (said - value).abs() <= (self.tolerance * value.abs()).max(LEAST)
    }

    /// Whether a learner who means one of two numbers can be told from one who means the other.
    pub fn apart(&self, one: f64, other: f64) -> bool {
        let reach = self.tolerance * (one.abs() + other.abs());
        (one - other).abs() > reach.max(2.0 * LEAST)
    }

    /// Whether a formula is asked for.
    pub fn is_of_tiles(&self) -> bool {
        !self.tiles.is_empty()
    }

    /// Each line of working with its numbers put in, and what it is worth.
    ///
    /// # Errors
    /// Why one of them has no value.
    pub fn worked(&self, session: &Session) -> Result<Vec<Worked>, Missing> {
        let mut scope = Scope::with(session, &self.variables);
        let mut worked = Vec::new();
        for line in &self.working {
            let value = scope.value(&line.formula.expression)?;
            worked.push(Worked {
                name: line.name.clone(),
                formula: line.formula.text.clone(),
                written: line.formula.expression.written(&scope)?,
                value: value.clone(),
            });
            if let Some(name) = &line.name {
                scope.name(name, value);
            }
        }
        Ok(worked)
    }

    /// Reads what a learner typed: a number, which may be worked out there (“0.3·0.5 + 0.1”), or a formula of the tiles' names.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(&self, typed: &str) -> Result<Expression, String> {
        if !self.is_of_tiles() {
            return read_number(typed).map(Expression::Number);
        }
        let read = Expression::read(typed, &self.names())?;
        if let Expression::Entry(asked) = &self.answer.expression
            && read.entries().contains(&asked)
        {
            return Err("found the answer itself, expected the way to it".into());
        }
        let tiles: Vec<Source> = self
            .tiles
            .iter()
            .flat_map(|tile| sources_in(tile))
            .collect();
        let all_known = read.sources().into_iter().all(|of| tiles.contains(of));
        match all_known && read.measures().is_empty() {
            true => Ok(read),
            false => Err("found a name that no tile has".into()),
        }
    }

    /// Holds what a learner worked out against the answer and the slips.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn judge(&self, said: &Expression, session: &Session) -> Result<Judged, Missing> {
        let scope = self.scope(session);
        let value = scope.number(&self.answer.expression)?;
        let said_value = scope.number(said)?;
        if self.same(said_value, value) {
            let everywhere = !self.is_of_tiles() || self.holds_elsewhere(said, session);
            return Ok(match everywhere {
                true => Judged::Right,
                false => Judged::Coincidence,
            });
        }
        for (at, slip) in self.slips.iter().enumerate() {
            if self.same(said_value, scope.number(&slip.value.expression)?) {
                return Ok(Judged::Slip(at));
            }
        }
        Ok(Judged::Off((said_value - value).abs() / value.abs()))
    }

    /// Whether a formula is the answer at all other values of its names too: other steps, other units.
    fn holds_elsewhere(&self, said: &Expression, session: &Session) -> bool {
        self.elsewhere(session)
            .into_iter()
            .all(|(variables, value)| {
                let (scope, _) = self.scope_at(session, &variables);
                // A difference that the engine's own sums do not have: closer than one works by hand.
                let near = |said: f64| (said - value).abs() <= 1e-6 * value.abs() + 1e-12;
                scope.number(said).is_ok_and(near)
            })
    }

    /// Other values of its names at which the answer has one, and that.
    pub fn elsewhere(&self, session: &Session) -> Vec<(Vec<(String, f64)>, f64)> {
        let steps = Scope::new(session)
            .number(&Expression::Variable(STEPS.into()))
            .unwrap_or(0.0);
        let mut found = Vec::new();
        // One name after the other goes through everything it can be; the others stay.
        for (at, _) in self.variables.iter().enumerate() {
            for other in 0..=(steps as usize).clamp(64, ELSEWHERE) {
                let mut variables = self.variables.clone();
                if variables[at].1 == other as f64 {
                    continue;
                }
                variables[at].1 = other as f64;
                let (scope, lines) = self.scope_at(session, &variables);
                // Where the way to the answer does not go, such as from before the first step, nothing is compared.
                let value = scope.number(&self.answer.expression);
                if let Ok(value) = value
                    && lines.iter().all(Result::is_ok)
                {
                    found.push((variables, value));
                }
            }
        }
        found
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &String> {
        let reasons = self.slips.iter().map(|slip| &slip.reason);
        [&self.question, &self.explain]
            .into_iter()
            .chain(&self.hints)
            .chain(reasons)
    }
}

/// A line of working with its numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Worked {
    /// What its value is called.
    pub name: Option<String>,
    /// The formula.
    pub formula: String,
    /// The same with its numbers put in.
    pub written: String,
    /// What it is worth.
    pub value: Value,
}

/// A number as people type it, which may be worked out there: `0.3·0.5 + 0.1`, `0,25`, `tanh(0.4)`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read_number(typed: &str) -> Result<f64, String> {
    // A comma between digits is what many write for a decimal point.
    let commas = typed.matches(',').count();
    let is_decimal = commas == 1 && !typed.contains(['.', '(', '[']);
    let typed = match is_decimal {
        true => typed.replace(',', "."),
        false => typed.to_owned(),
    };
    let read = Expression::read(&typed, &[])?;
    read.alone()
        .ok_or_else(|| "found a name, expected a number: it is yours to work out".into())
}

/// What a tile reads of the record; it may be a piece of a formula only: `(1 - h[t]^2)`, `dot(`.
pub(super) fn sources_in(tile: &str) -> Vec<Source> {
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == '.';
    let words = tile.split(|sign: char| !is_name(sign));
    words.filter_map(Source::named).collect()
}

/// How far away a number is, in words that do not tell the answer.
pub fn off_in_words(off: f64) -> &'static str {
    match off {
        off if off.is_nan() => "That is no number.",
        off if off < 0.05 => {
            "Not yet, but close: within 5 % of it. Rounding on the way may be too coarse."
        }
        off if off < 0.2 => "Not yet: it is off by less than a fifth.",
        off if off < 1.0 => "Not yet: it is off by a good part of the answer’s size.",
        off if off < 10.0 => "Not yet: it is off by more than the answer’s whole size.",
        _ => "Not yet: it is off by far more than the answer’s size.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::on_latch::on_latch;
    use crate::lesson::player::{Player, Progress, Tried, play};
    use crate::lesson::{Block, Lesson, prove::prove};
    use crate::train::Measure;
    use std::sync::Arc;

    const HEAD: &str = "+++\nid = \"a\"\ntitle = \"A\"\nsummary = \"A.\"\nminutes = 1\n+++\n\n## One\n\n```setup\nexperiment = \"latch.toml\"\nset = { \"data.length\" = 5, \"model.hidden_size\" = 3 }\n```\n\n";

    const NUMBER: &str = r#"```turn
where = { t = 2 }
question = "What is h at t = {{ = t }} of unit 0?"
answer = "h[t][0]"
slips = [
    { value = "s", reason = "tanh is missing." },
    { value = "tanh(s - bias_hh_l0[0])", reason = "There are two biases." },
    { value = "h[t][1]", reason = "This is unit 1." },
]
working = [
    "s = dot(weight_ih_l0[0,:], x[t]) + bias_ih_l0[0] + dot(weight_hh_l0[0,:], h[t-1]) + bias_hh_l0[0]",
    "tanh(s)",
]
explain = "It is {{ = h[t][0] }}."
hints = ["Begin with the sum."]
```
"#;

    const TILES: &str = r#"```turn
where = { t = 4, j = 1 }
question = "How does the gradient come from step t to unit j of step t − 1?"
answer = "d_h[t-1][j]"
tiles = ["dot(", "weight_hh_l0[:,j]", "weight_hh_l0[j,:]", "(1 - h[t]^2)", "d_h[t]", "*", ",", ")"]
slips = [
    { value = "dot(weight_hh_l0[:,j], d_h[t])", reason = "The slope of tanh is missing." },
    { value = "dot(weight_hh_l0[j,:], (1 - h[t]^2) * d_h[t])", reason = "The matrix is not transposed." },
]
working = ["dot(weight_hh_l0[:,j], (1 - h[t]^2) * d_h[t])"]
explain = "A column, not a row."
hints = ["Begin with d_h."]
```
"#;

    fn lesson(block: &str) -> Arc<Lesson> {
        on_latch(&format!("{HEAD}{block}"))
    }

    fn played(block: &str) -> (Player, Session) {
        let player = Player::new(lesson(block), Progress::default());
        let mut session = Session::new(|| {});
        play(&mut session, &player.approach()).unwrap();
        (player, session)
    }

    fn proved(block: &str) -> Vec<String> {
        prove(&lesson(block))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn turn(player: &Player) -> Turn {
        match &player.page().blocks[0] {
            Block::Turn(turn) => turn.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_number_is_right_a_slip_or_off_and_only_the_right_one_counts() {
        assert_eq!(proved(NUMBER), [""; 0]);
        let (mut player, session) = played(NUMBER);
        let turn = turn(&player);
        let value = turn.value(&session).unwrap();
        let lines = turn.worked(&session).unwrap();
        let Value::Number(sum) = lines[0].value else {
            panic!("a number");
        };
        assert!((libm::tanh(sum) - value).abs() < 1e-12);
        assert_eq!(lines[0].name.as_deref(), Some("s"));
        for (typed, judged) in [
            (sum.to_string(), Judged::Slip(0)),
            (format!("{}", value * 1.5), Judged::Off(0.5)),
        ] {
            player.work_out(0, &typed, &session);
            match player.tried(0) {
                Some(Tried::Judged(Judged::Off(off))) if judged == Judged::Off(0.5) => {
                    assert!((off - 0.5).abs() < 1e-9);
                }
                tried => assert_eq!(tried, Some(&Tried::Judged(judged))),
            }
            assert!(!player.is_answered(0) && !player.page_done());
        }
        // A name would be the answer itself.
        player.work_out(0, "h[2][0]", &session);
        assert!(matches!(player.tried(0), Some(Tried::Unread(_))));
        // Four digits, worked out in the field, with a comma.
        let typed = format!("tanh({sum:.4})");
        player.work_out(0, &typed, &session);
        assert_eq!(player.tried(0), Some(&Tried::Judged(Judged::Right)));
        assert!(player.page_done() && player.turned(0).tries == 3);
        assert_eq!(read_number("0,25"), Ok(0.25));
        // It stays through being kept, and going back.
        let kept = serde_json::to_string(&player.progress).unwrap();
        let again = Player::new(
            Arc::clone(&player.lesson),
            serde_json::from_str(&kept).unwrap(),
        );
        assert!(again.turned(0).solved && again.page_done());
    }

    /// Who is shown the way to its end has seen the answer, and has not done it.
    #[test]
    fn being_shown_is_not_having_done_it() {
        let (mut player, _) = played(NUMBER);
        player.show_line(0);
        assert!(!player.is_answered(0));
        for _ in 0..5 {
            player.show_line(0);
        }
        assert_eq!(player.turned(0).shown, 2);
        assert!(player.is_answered(0) && !player.page_done());
        player.begin_again();
        assert_eq!(player.turned(0), crate::lesson::player::Turned::default());
    }

    /// What the engine has no number for is told and does not hold the page up; what was typed is not at fault.
    #[test]
    fn what_has_no_answer_here_is_told_why_and_the_page_goes_on() {
        let (mut player, session) = played(NUMBER);
        let mut lesson = (*player.lesson).clone();
        let Block::Turn(turn) = &mut lesson.pages[0].blocks[0] else {
            panic!("something to work out");
        };
        turn.answer.expression = Expression::Measure(Measure::InRun(2, Box::new(Measure::Update)));
        player.lesson = Arc::new(lesson);
        player.work_out(0, "1", &session);
        let why = "measure “update”: there is no run 2 here".to_owned();
        assert_eq!(player.tried(0), Some(&Tried::Never(why)));
        assert!(player.is_answered(0) && !player.page_done());
        assert_eq!(player.turned(0).tries, 0, "it is no try");
        player.work_out(0, "one", &session);
        assert!(matches!(player.tried(0), Some(Tried::Unread(_))));
        player.begin_again();
        assert!(!player.is_answered(0));
    }

    #[test]
    fn a_formula_holds_at_other_steps_and_units_or_does_not_pass() {
        assert_eq!(proved(TILES), [""; 0]);
        let (player, session) = played(TILES);
        let turn = turn(&player);
        let judged = |typed: &str| turn.judge(&turn.read(typed).unwrap(), &session).unwrap();
        assert_eq!(
            judged("dot( weight_hh_l0[:,j] , (1 - h[t]^2) * d_h[t] )"),
            Judged::Right
        );
        assert_eq!(
            judged("sum((1 - h[t]^2) * weight_hh_l0[:,j] * d_h[t])"),
            Judged::Right
        );
        assert_eq!(
            judged("dot(weight_hh_l0[j,:], (1 - h[t]^2) * d_h[t])"),
            Judged::Slip(1)
        );
        // The number of this step and unit alone.
        let value = turn.value(&session).unwrap();
        assert_eq!(judged(&value.to_string()), Judged::Coincidence);
        assert_eq!(
            judged("dot(weight_hh_l0[:,1], (1 - h[4]^2) * d_h[4])"),
            Judged::Coincidence
        );
        assert!(
            turn.read("d_h[t-1][j]")
                .unwrap_err()
                .contains("the answer itself")
        );
        assert!(turn.read("x[t][0]").unwrap_err().contains("no tile"));
        assert!(!turn.elsewhere(&session).is_empty());
    }

    #[test]
    fn what_a_turn_claims_and_the_engine_does_not_show_is_found() {
        for (block, from, to, said) in [
            (
                NUMBER,
                "value = \"s\"",
                "value = \"h[t][0] * 1.015\"",
                "cannot be told from the answer",
            ),
            (
                NUMBER,
                "value = \"s\"",
                "value = \"h[t][1]\"",
                "cannot be told apart",
            ),
            (
                NUMBER,
                "\"tanh(s)\"",
                "\"sigma(s)\"",
                "its working leads to",
            ),
            (NUMBER, "\"tanh(s)\"", "\"h[t]\"", "is no number"),
            (
                NUMBER,
                "answer = \"h[t][0]\"",
                "answer = \"h[9][0]\"",
                "has no answer: h[9][0]: found the index 9",
            ),
            (
                NUMBER,
                "{{ = h[t][0] }}",
                "{{ = h[t][7] }}",
                "has no value on this page",
            ),
            (
                TILES,
                "\"(1 - h[t]^2)\", ",
                "",
                "cannot be built from the tiles",
            ),
            (
                TILES,
                "working = [\"dot(weight_hh_l0[:,j], ",
                "working = [\"dot(weight_hh_l0[:,1], ",
                "at other values of t, j",
            ),
        ] {
            assert_eq!(block.matches(from).count(), 1, "{from}");
            let found = proved(&block.replace(from, to));
            assert!(
                found.iter().any(|problem| problem.contains(said)),
                "{to}: {found:?}"
            );
        }
    }
}
