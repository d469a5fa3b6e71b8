//! Tables made into sequences, a file for each subject; here is what their tests share.

mod any;
mod classification;
mod forecasts;
mod gaps;
mod groups;
mod guesses;
mod kinds;
mod series_of_the_app;
mod targets;
mod texts;
mod times;
mod times_and_groups;

use std::ops::ControlFlow;

use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::data::csv::{CsvOptions, read};
use crate::data::dataset::{Answers, Labels, Span, Split, Targets};
use crate::data::scale::{Scaled, Scaler};
use crate::data::table::Table;

fn csv(text: &str) -> Table {
    read(text.as_bytes(), &CsvOptions::default(), &|_| {
        ControlFlow::Continue(())
    })
    .unwrap()
}

/// Years 1 to 8 with values 10, 20, … 80 and their days as text.
fn table() -> Table {
    csv("year,day,value\n1,a,10\n2,b,20\n3,c,30\n4,d,40\n5,e,50\n6,f,60\n7,g,70\n8,h,80\n")
}

/// The value forecast from its own past.
fn asked(window: usize, horizon: usize, steps: usize) -> Asked {
    Asked::Forecast {
        features: vec!["value".into()],
        targets: vec!["value".into()],
        window,
        horizon,
        steps,
    }
}

fn spec() -> SequenceSpec {
    SequenceSpec {
        asked: asked(3, 1, 1),
        time: TimeFrom::Usual,
        group: Vec::new(),
        sort: false,
        missing: Missing::Refuse,
        scale: Scale::None,
        test: TestFrom::Label("7".into()),
    }
}

fn made(table: &Table, change: impl Fn(&mut SequenceSpec)) -> Sequences {
    let mut spec = spec();
    change(&mut spec);
    prepare(table, &spec).unwrap()
}

fn failing(table: &Table, change: impl Fn(&mut SequenceSpec)) -> (String, &'static str) {
    let mut spec = spec();
    change(&mut spec);
    let error = prepare(table, &spec).unwrap_err();
    (error.to_string(), error.setting())
}

fn starts(spans: &[Span]) -> Vec<usize> {
    spans.iter().map(|span| span.start).collect()
}

fn values(made: &Sequences) -> &Array2<f64> {
    match &made.dataset.targets {
        Targets::Values(values) => values,
        Targets::Classes { .. } => panic!("a forecast has values"),
    }
}

fn classes(made: &Sequences) -> (Vec<&str>, &[String]) {
    match &made.dataset.targets {
        Targets::Classes { of_row, names } => {
            let names_of = of_row.iter().map(|&class| names[class].as_str());
            (names_of.collect(), names)
        }
        Targets::Values(_) => panic!("classes expected"),
    }
}

fn lines(made: &Sequences, why: &str) -> Vec<u64> {
    let unused = made.report.unused.iter();
    let mut unused = unused.filter(|unused| unused.why.contains(why));
    unused
        .next()
        .map_or(Vec::new(), |unused| unused.lines.first.clone())
}
