//! Questions to answer before looking, of which the engine knows the answer.

use super::expression::{Expression, Missing, Scope};
use super::near::Near;
use super::recall::Recall;
use super::sketch::{Shape, Sketch};
use crate::session::{Command, Session};

/// A question to answer before looking.
#[derive(Clone, Debug)]
pub struct Predict {
    /// The question.
    pub question: String,
    /// How it is answered.
    pub kind: Kind,
    /// The number that decides.
    pub answer: Expression,
    /// What is done on a copy of the page's beginning before that number is read: for what a change would do. Empty where it
    /// is read from what is on show.
    pub after: Vec<Command>,
    /// What to understand, after the answer: for who said what lies in a bin, where there is something of its own to say.
    pub because: Vec<Option<String>>,
    /// The same for everybody; empty where each choice has its own.
    pub explain: String,
    /// Views that are covered until it is answered, beside those that tell of the answer by themselves.
    pub hide: Vec<String>,
    /// Views that stay open though they tell of the answer: it is to be looked up there.
    pub open: Vec<String>,
    /// How it is asked again on later days, if it is.
    pub recall: Option<Recall>,
}

/// How a question is answered.
#[derive(Clone, Debug)]
pub enum Kind {
    /// By one of these, whose bins the bounds part.
    Choices {
        /// In the order of the bins.
        choices: Vec<String>,
        /// The bounds between them.
        bins: Bins,
    },
    /// By a number.
    Number {
        /// How near it has to come.
        near: Near,
        /// What parts the numbers that are said, for what is explained; may be without bounds.
        bins: Bins,
    },
    /// By a curve that is drawn; the answer is then its formula, and the parts are the shapes.
    Sketch(Box<Sketch>),
}

/// Bounds that part numbers into one bin more: rising or falling; a single one is rising.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bins(pub Vec<f64>);

impl Bins {
    /// The bin that holds `value`.
    pub fn of(&self, value: f64) -> usize {
        let falling = self.0.len() > 1 && self.0[0] > self.0[1];
        let passed = |bound: &&f64| {
            if falling {
                value <= **bound
            } else {
                value >= **bound
            }
        };
        self.0.iter().take_while(passed).count()
    }
}

impl Predict {
    /// The choices, if it is answered by one.
    pub fn choices(&self) -> &[String] {
        match &self.kind {
            Kind::Choices { choices, .. } => choices,
            Kind::Number { .. } | Kind::Sketch(_) => &[],
        }
    }

    /// The bin that holds a number; of a sketch, whose parts are shapes, there is only one for it.
    pub fn bin_of(&self, value: f64) -> usize {
        match &self.kind {
            Kind::Choices { bins, .. } | Kind::Number { bins, .. } => bins.of(value),
            Kind::Sketch(_) => 0,
        }
    }

    /// How many parts the answers have.
    pub fn bins(&self) -> usize {
        match &self.kind {
            Kind::Choices { bins, .. } | Kind::Number { bins, .. } => bins.0.len() + 1,
            Kind::Sketch(_) => Shape::ALL.len(),
        }
    }

    /// The part that a lesson calls so: a choice as it is written, or a shape.
    pub fn bin_named(&self, name: &str) -> Option<usize> {
        match &self.kind {
            Kind::Sketch(_) => Shape::ALL.iter().position(|shape| shape.name() == name),
            _ => self.choices().iter().position(|choice| choice == name),
        }
    }

    /// The number that decides and the part that holds it; of a sketch, the last value of the engine's curve and its shape.
    /// `None` while there is none.
    ///
    /// # Errors
    /// A mistake in the lesson, in words.
    pub fn answered_by(&self, session: &Session) -> Result<Option<(f64, usize)>, String> {
        let Kind::Sketch(sketch) = &self.kind else {
            let value = self.value(session)?;
            return Ok(value.map(|value| (value, self.bin_of(value))));
        };
        match sketch.curve(&self.answer, session) {
            Ok(curve) => {
                let last = curve.last().copied();
                Ok(last.map(|last| (last, sketch.shape(&curve).index())))
            }
            Err(Missing::NotYet) => Ok(None),
            Err(Missing::Fault(problem)) => Err(problem),
        }
    }

    /// The number that decides; `None` while there is none.
    ///
    /// # Errors
    /// A mistake in the lesson, in words.
    pub fn value(&self, session: &Session) -> Result<Option<f64>, String> {
        match Scope::new(session).number(&self.answer) {
            Ok(value) => Ok(Some(value).filter(|value| value.is_finite())),
            Err(Missing::NotYet) => Ok(None),
            Err(Missing::Fault(problem)) => Err(problem),
        }
    }

    /// What is explained to who said what lies in this bin.
    pub fn explained(&self, bin: usize) -> impl Iterator<Item = &str> {
        let own = self.because.get(bin).and_then(Option::as_deref);
        own.into_iter()
            .chain([self.explain.as_str()])
            .filter(|text| !text.is_empty())
    }

    /// Every text in it.
    pub fn texts(&self) -> impl Iterator<Item = &String> {
        let own = self.because.iter().flatten();
        self.choices()
            .iter()
            .chain([&self.question, &self.explain])
            .chain(own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_rise_or_fall_and_an_estimate_is_near_by_its_factor_or_within() {
        let rising = Bins(vec![0.3, 0.7]);
        assert_eq!(
            [0.1, 0.3, 0.5, 0.7, 1.0].map(|x| rising.of(x)),
            [0, 1, 1, 2, 2]
        );
        let falling = Bins(vec![0.5, 0.01]);
        assert_eq!(
            [0.6, 0.5, 0.1, 0.01, 0.0].map(|x| falling.of(x)),
            [0, 1, 1, 2, 2]
        );
        assert_eq!(Bins::default().of(3.0), 0);
    }
}
