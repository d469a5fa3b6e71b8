use super::*;
use crate::experiment::gallery;
use crate::nn::analysis::States;
use crate::nn::expr::{Block, ParameterKind};
use crate::nn::{Line, Quantity, Station};
use crate::train::portrait::{Axes, Held, UNITS};
use crate::train::question::{At, Spot, UnitOrder};
use crate::train::weights::Aspect;

/// A session that answers beside its frames.
fn beside(text_of: &str) -> Session {
    let mut session = Session::new(|| {});
    session.answer_beside_frames();
    settled(&mut session, [text(text_of, "asked")]);
    session
}

fn measure(written: &str) -> Question {
    let (name, arguments) = written.split_once(' ').unwrap_or((written, ""));
    let arguments = arguments.split_whitespace().map(|argument| {
        let (key, value) = argument.split_once('=').unwrap();
        (
            key.into(),
            crate::train::Argument::Number(value.parse().unwrap()),
        )
    });
    Question::Measure(Measure::read(name, &arguments.collect()).unwrap())
}

/// What is known of it after waiting for it.
fn answered(session: &mut Session, question: &Question) -> Told {
    session.ask(question);
    session.settle().unwrap();
    session.ask(question)
}

fn number(told: &Told) -> f64 {
    match told.answer.as_deref() {
        Some(Answer::Number(Ok(Some(value)))) => *value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_answer_is_told_with_its_update_until_the_next_one_is_there() {
    let mut session = beside(TEXT);
    let question = measure("jacobian.sigma t=3");
    let first = session.ask(&question);
    assert!(first.answer.is_none() && !first.is_current);
    let first = answered(&mut session, &question);
    assert!(first.is_current && first.update == 0);
    // It is kept, not worked out again.
    let again = session.ask(&question);
    let same =
        |a: &Told, b: &Told| Arc::ptr_eq(a.answer.as_ref().unwrap(), b.answer.as_ref().unwrap());
    assert!(same(&first, &again));
    settled(&mut session, [Command::Update(3)]);
    let old = session.ask(&question);
    assert_eq!((old.update, old.is_current), (0, false));
    assert!(same(&first, &old));
    let new = answered(&mut session, &question);
    assert_eq!((new.update, new.is_current), (3, true));
    assert_ne!(number(&new), number(&first));
    // Gone back, what is known of the update there is known still, as long as that is the same snapshot.
    let on_show = Arc::clone(session.snapshot().unwrap());
    let direct = question.answer(&on_show, &Stop::default());
    assert_eq!(*new.answer.unwrap(), direct);
    // Of another run it says nothing.
    settled(
        &mut session,
        [text(&TEXT.replace("seed = 5", "seed = 6"), "other")],
    );
    assert!(session.ask(&question).answer.is_none());
}

/// What does not depend on the run is not worked out again for the next update, nor for another run.
#[test]
fn an_answer_of_its_own_holds_for_every_snapshot() {
    use crate::nn::analysis::cliff::Stretch;
    let mut session = beside(TEXT);
    let cliff = Question::Cliff {
        stretch: Stretch {
            w: [4.0, 6.0],
            b: [-3.0, -2.0],
        },
        cells: [8, 8],
    };
    let nothing = Question::KnowingNothing;
    let first = [&cliff, &nothing].map(|question| answered(&mut session, question));
    settled(&mut session, [Command::Update(2)]);
    for (question, first) in [&cliff, &nothing].into_iter().zip(&first) {
        let again = session.ask(question);
        assert!(again.is_current, "{question:?}");
        let (one, other) = (first.answer.as_ref(), again.answer.as_ref());
        assert!(Arc::ptr_eq(one.unwrap(), other.unwrap()));
    }
    settled(
        &mut session,
        [text(&TEXT.replace("sine", "damped"), "other")],
    );
    assert!(session.ask(&cliff).is_current);
    assert!(!session.ask(&nothing).is_current, "these are other data");
}

#[test]
fn what_only_has_to_be_looked_up_is_told_at_once() {
    let mut session = beside(TEXT);
    settled(&mut session, [Command::Update(2)]);
    let told = session.ask(&measure("update"));
    assert!(told.is_current && number(&told) == 2.0);
    let told = session.ask(&measure("loss.smallest"));
    assert!(!told.is_current, "a walk over all updates is not");
}

#[test]
fn what_nobody_asks_any_more_is_given_up() {
    let long = TEXT
        .replace("length = 9", "length = 3000")
        .replace("train_sequences = 24", "train_sequences = 1")
        .replace("test_sequences = 8", "test_sequences = 1")
        .replace("batch_size = 8", "batch_size = 1")
        .replace("hidden_size = 4", "hidden_size = 96");
    let mut session = beside(&long);
    let at = At { part: 0, scan: 0 };
    let states = States::Whole;
    let product = |to| Question::Product {
        at,
        states,
        from: 0,
        to,
    };
    let (long, waiting) = (product(3000), product(2999));
    session.ask(&long);
    session.ask(&waiting);
    for _ in 0..4 {
        session.next_frame();
    }
    session.questions.settle();
    assert!(session.ask(&waiting).answer.is_none());
    assert!(session.ask(&long).answer.is_none());
    // Asked in every frame it is not.
    let short = product(30);
    for _ in 0..4 {
        session.ask(&short);
        session.next_frame();
    }
    assert!(answered(&mut session, &short).is_current);
}

/// Fixed points of a layer as large as they are looked for in, whose weights are such that hardly a start comes to one: seconds.
#[test]
fn nobody_waits_for_what_takes_long_and_it_is_given_up_too() {
    let large = TEXT.replace("gru", "lstm").replace(
        "hidden_size = 4",
        "hidden_size = 64\ninit = { scheme = \"normal\", std = 3.0 }",
    );
    let session = beside(&large);
    let at = At { part: 0, scan: 0 };
    let held = Held::Zero;
    let long = Question::Rests { at, held };
    let quick = Question::Story;
    assert!(long.takes_long() && !quick.takes_long());
    // The long one is being answered, not waiting.
    let is_at_it = |session: &Session| session.questions.is_at(&long);
    while !is_at_it(&session) {
        session.ask(&long);
        std::thread::yield_now();
    }
    while !session.ask(&quick).is_current {
        session.ask(&long);
        session.next_frame();
        std::thread::yield_now();
    }
    assert!(is_at_it(&session), "the other one did not wait for it");
    for _ in 0..4 {
        session.next_frame();
    }
    session.questions.settle();
    assert!(session.ask(&long).answer.is_none(), "it was given up");
}

/// Every question to every network of the gallery, and what the answers have to do with each other.
#[test]
fn every_question_is_answered_for_every_kind_of_network() {
    for entry in gallery::EXPERIMENTS {
        let mut session = Session::new(|| {});
        settled(&mut session, [text(entry.text, entry.title)]);
        let snapshot = Arc::clone(session.snapshot().unwrap());
        // Of a run that has not begun nothing is wrong.
        let said = [Question::Diagnoses, Question::Autopsy].map(|of| session.ask(&of).answer);
        assert_eq!(said[0].as_deref(), Some(&Answer::Diagnoses(Vec::new())));
        assert_eq!(said[1].as_deref(), Some(&Answer::Autopsy(None)));
        for (part, of) in snapshot.probe.parts.iter().enumerate() {
            for (scan, record) in of.scans.iter().enumerate() {
                let at = At { part, scan };
                let states = States::Whole;
                let last = of.lengths[0];
                let recurrent = record.cell.is_some();
                let ask = |question| (*session.ask(&question).answer.unwrap()).clone();
                let jacobian = ask(Question::Jacobian { at, states, t: 1 });
                let (from, to) = match record.place.direction {
                    crate::nn::Direction::Forward => (0, last),
                    crate::nn::Direction::Reverse => (last + 1, 1),
                };
                let product = ask(Question::Product {
                    at,
                    states,
                    from,
                    to,
                });
                let spectra = ask(Question::Spectra(at));
                let gate = record.cell.map_or(Quantity::H, |cell| {
                    *cell.gates().first().unwrap_or(&Quantity::H)
                });
                let block = Block {
                    parameter: ParameterKind::WeightHh,
                    gate,
                };
                let terms = ask(Question::Terms { at, block });
                let units = record.get(Quantity::H, false).unwrap().dim().2;
                let axes = Axes::Units(0, units - 1);
                let Answer::Portrait(portrait) = ask(Question::Portrait { at, axes }) else {
                    panic!("{}", entry.title);
                };
                assert_eq!(portrait.is_some(), recurrent, "{} {at:?}", entry.title);
                // Where there are many units, looking for them takes its time.
                if !(9..=UNITS).contains(&units) {
                    let held = Held::Mean;
                    let Answer::Rests(rests) = ask(Question::Rests { at, held }) else {
                        panic!("{}", entry.title);
                    };
                    assert_eq!(
                        rests.is_some(),
                        recurrent && units <= UNITS,
                        "{}",
                        entry.title
                    );
                }
                for order in [UnitOrder::Activity, UnitOrder::Correlation] {
                    let Answer::Units(mut found) = ask(Question::Units { at, order }) else {
                        panic!("{order:?}");
                    };
                    found.sort_unstable();
                    assert_eq!(found, (0..units).collect::<Vec<_>>(), "{order:?}");
                }
                for &quantity in record.quantities() {
                    for adjoint in [false, true] {
                        let values = record.get(quantity, adjoint).unwrap();
                        let quantiles = ask(Question::Quantiles {
                            at,
                            quantity,
                            adjoint,
                        });
                        let Answer::Quantiles(steps) = quantiles else {
                            panic!("{quantity:?}");
                        };
                        assert_eq!(steps.len(), of.seq_len());
                        for (t, quantiles) in steps.iter().enumerate() {
                            let step = values.slice(ndarray::s![t, 0, ..]);
                            let least = step.iter().copied().fold(f64::INFINITY, f64::min);
                            assert_eq!(quantiles.unwrap()[0], least, "{quantity:?} {t}");
                        }
                    }
                    let of_part = Question::Saturation { at, quantity };
                    let Answer::Saturation(ends) = ask(of_part) else {
                        panic!("{quantity:?}");
                    };
                    let is_gate = quantity.is_gate();
                    assert!(!is_gate || ends.is_some(), "{quantity:?}");
                }
                // Both ways, and of whatever length the last few are.
                for (quantity, adjoint) in [(Quantity::H, false), (gate, true)] {
                    let question = Question::Outliers {
                        at,
                        quantity,
                        adjoint,
                        of: 4,
                    };
                    let Answer::Outliers(Some(outliers)) = ask(question) else {
                        panic!("{} has {quantity:?}", entry.title)
                    };
                    let all = of.first(scan, quantity, adjoint).unwrap();
                    assert_eq!(
                        outliers.dim(),
                        (all.nrows().div_ceil(4), all.ncols()),
                        "{}",
                        entry.title
                    );
                    for ((bin, unit), &value) in outliers.indexed_iter() {
                        let steps = (4 * bin..all.nrows().min(4 * bin + 4)).map(|t| all[[t, unit]]);
                        assert!(steps.clone().any(|step| step == value));
                        let mean = steps.clone().sum::<f64>() / steps.len() as f64;
                        let away = |step: f64| (step - mean).abs();
                        assert!(steps.clone().all(|step| away(step) <= away(value) + 1e-15));
                    }
                }
                if scan == 0 {
                    let stretches = ask(Question::Stretches { at, states });
                    let by_time = ask(Question::ByTime(at));
                    let quantity = Quantity::H;
                    // Going back again and again takes its time: of the first layer.
                    let sent = ask(Question::LossFlow { at, quantity });
                    let roads = ask(Question::Roads(at));
                    let one = ask(Question::EntryByTime {
                        at,
                        block,
                        row: 0,
                        column: 0,
                    });
                    let flows = &snapshot.probe.flows;
                    let flow = flows.iter().find(|flow| {
                        (flow.part, flow.scan, flow.quantity) == (part, scan, Quantity::H)
                    });
                    let flow: Vec<f64> = flow.unwrap().norms[1..]
                        .iter()
                        .map(|x| x.unwrap())
                        .collect();
                    // What is recorded in single precision is made anew in double.
                    let double = snapshot.precision == crate::experiment::Precision::F64;
                    let rounding = if double { 1e-12 } else { 1e-3 };
                    let close = |a: f64, b: f64| (a - b).abs() <= rounding * a.abs().max(b.abs());
                    match (stretches, by_time, sent, roads, one) {
                        (
                            Answer::Stretches(stretches),
                            Answer::ByTime(by_time),
                            Answer::LossFlow(sent),
                            Answer::Roads(roads),
                            Answer::EntryByTime(one),
                        ) => {
                            let there = [
                                stretches.is_some(),
                                by_time.is_some(),
                                sent.is_some(),
                                one.is_some(),
                            ];
                            assert_eq!(there, [recurrent; 4], "{} {at:?}", entry.title);
                            if let Some(by_time) = by_time {
                                for (of, norms) in
                                    by_time.blocks.iter().zip(by_time.norms.columns())
                                {
                                    let size: f64 = norms.iter().sum();
                                    assert!(of.difference <= rounding * size, "{of:?}");
                                }
                            }
                            if let Some(one) = one {
                                let size: f64 = one.terms.iter().map(|term| term.abs()).sum();
                                assert!((one.sum - one.used).abs() <= rounding * size, "{one:?}");
                            }
                            if let Some(sent) = sent {
                                assert_eq!(sent.rest.len(), of.seq_len());
                            }
                            let two = part == 0 && snapshot.probe.parts.len() > 1;
                            assert_eq!(roads.is_some(), two, "{}", entry.title);
                            if let Some(roads) = roads {
                                for (a, b) in roads.whole.iter().zip(&flow) {
                                    assert!(close(*a, *b), "{a} {b}");
                                }
                            }
                        }
                        other => panic!("{other:?}"),
                    }
                }
                match (jacobian, product, spectra, terms) {
                    (
                        Answer::Jacobian(jacobian),
                        Answer::Product(product),
                        Answer::Spectra(spectra),
                        Answer::Terms(terms),
                    ) => {
                        let there = [
                            jacobian.is_some(),
                            product.is_some(),
                            !spectra.is_empty(),
                            terms.is_some(),
                        ];
                        assert_eq!(there, [recurrent; 4], "{} {at:?}", entry.title);
                        if let Some(product) = product {
                            let norms = &product.of.log10_norms;
                            assert_eq!(norms.len(), last);
                            let whole = product.of.jacobian.log10_norm();
                            assert!((norms.last().unwrap() - whole).abs() < 1e-9);
                        }
                        if let Some(terms) = terms {
                            let along: f64 = terms.along.iter().sum();
                            assert!((along - terms.norm).abs() <= 1e-9 * terms.norm);
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        let ask = |question| (*session.ask(&question).answer.unwrap()).clone();
        let Answer::Inventory(Some(inventory)) = ask(Question::Inventory) else {
            panic!("{}", entry.title);
        };
        assert_eq!(inventory.of.total, snapshot.model.parameters().len());
        let aspect = Aspect::Change;
        let Answer::Weights(Some(change)) = ask(Question::Weights { entry: 0, aspect }) else {
            panic!("{}", entry.title);
        };
        // Before the first update, and nothing set by hand: where it began is where it is.
        assert_eq!(change.facts.largest, 0.0, "{}", entry.title);
        let Answer::Shapes(Some(shapes)) = ask(Question::Shapes) else {
            panic!("{}", entry.title);
        };
        assert_eq!(
            shapes.tensors[0].probe,
            <[usize; 3]>::from(snapshot.probe.parts[0].x.dim())
        );
        let nudge = Question::Perturbed { sequence: 0, t: 1 };
        assert!(
            matches!(ask(nudge), Answer::Perturbed(Some(_))),
            "{}",
            entry.title
        );
        assert_eq!(
            ask(Question::Norms),
            Answer::Norms(None),
            "no update was made"
        );
        match ask(Question::KnowingNothing) {
            Answer::KnowingNothing(Some(loss)) => assert!(loss > 0.0, "{}", entry.title),
            other => panic!("{}: {other:?}", entry.title),
        }
        let surface = Question::Surface {
            plane: crate::train::surface::Plane::Steepest,
            reach: 0.5,
            cells: 3,
        };
        match ask(surface) {
            Answer::Surface(Some(surface)) => assert_eq!(surface.cells(), 3, "{}", entry.title),
            other => panic!("{}: {other:?}", entry.title),
        }
        let told = session.ask(&Question::DataMemory { target: 0 }).answer;
        let Some(Answer::DataMemory(memory)) = told.as_deref() else {
            panic!("{told:?}");
        };
        assert_eq!(
            memory.is_some(),
            crate::train::data_memory::suits(&snapshot),
            "{}",
            entry.title
        );
        let baselines = snapshot.material.baselines.as_ref();
        let rows: Vec<usize> = snapshot.test.rows.iter().take(5).copied().collect();
        let row = rows[0];
        let lines = session.ask(&Question::Baselines { output: 0, rows }).answer;
        let ahead = Question::BaselinesAhead {
            target: 0,
            row,
            rows: 4,
        };
        let ahead = session.ask(&ahead).answer;
        let count = baselines.map_or(0, |baselines| baselines.list.len());
        match (lines.as_deref(), ahead.as_deref()) {
            (Some(Answer::Baselines(lines)), Some(Answer::BaselinesAhead(ahead))) => {
                assert_eq!([lines.len(), ahead.len()], [count; 2], "{}", entry.title);
                for (baseline, said) in baselines.iter().flat_map(|all| &all.list).zip(lines) {
                    let predicted = baselines.unwrap().predict(baseline, row, 0);
                    assert_eq!(said[0], predicted);
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A derivative on record is what nudging the number finds, for every kind of network in the gallery; what is recorded in
/// single precision agrees as far as that reaches.
#[test]
fn a_derivative_is_checked_by_nudging_for_every_kind_of_network() {
    for entry in gallery::EXPERIMENTS {
        let mut session = Session::new(|| {});
        settled(&mut session, [text(entry.text, entry.title)]);
        let snapshot = Arc::clone(session.snapshot().unwrap());
        let schedule = session.schedule().unwrap();
        for (index, part) in snapshot.probe.parts.iter().enumerate() {
            let scan = part.scans.len() - 1;
            let place = part.scans[scan].place;
            let t = part.lengths[0];
            let line = match part.scans[scan].cell {
                Some(_) => Line::Cell(Quantity::H),
                None => Line::Norm,
            };
            let station = Station {
                part: index,
                place: Some(place),
                t,
                line,
            };
            assert!(schedule.index(&station).is_some());
            let spot = Spot::Computed {
                station,
                head: 0,
                unit: 0,
            };
            let answer = session.ask(&Question::Nudge(spot)).answer.unwrap();
            let Answer::Nudged(Some(nudged)) = &*answer else {
                panic!("{}: {answer:?}", entry.title);
            };
            let recorded = part.get(scan, Quantity::H, true).unwrap()[[t - 1, 0, 0]];
            let largest = part.get(scan, Quantity::H, true).unwrap();
            let largest = largest.iter().fold(1e-6, |most: f64, d| most.max(d.abs()));
            for found in [nudged.derivative, nudged.slope] {
                assert!(
                    (found - recorded).abs() <= 2e-3 * largest,
                    "{}, {index}: {found} {recorded}",
                    entry.title
                );
            }
        }
    }
}

/// Where padding is read as data, each real step is held against its own target, and the padding against nothing.
#[test]
fn padding_that_is_read_has_no_answer_and_moves_none() {
    use crate::train::story::Word;
    let tags = |masking: bool| {
        let text_of = format!(
            "format = 1\nseed = 3\n\n[data]\ntask = \"tagging\"\nlength = 12\nmin_length = 4\ntrain_sequences = 8\n\
             test_sequences = 8\n\n[model]\ncell = \"gru\"\nhidden_size = 3\nreadout = \"every\"\nmasking = {masking}\n\n\
             [training]\nupdates = 1\nbatch_size = 8\n"
        );
        let mut session = Session::new(|| {});
        let mut told = Vec::new();
        for index in 0..8 {
            let probe = format!("\n[probe]\nsplit = \"test\"\nindex = {index}\n");
            settled(&mut session, [text(&(text_of.clone() + &probe), "tags")]);
            let read = session.snapshot().unwrap().probe.parts[0].lengths[0];
            let answer = session.ask(&Question::Story).answer.unwrap();
            let Answer::Story(Some(story)) = &*answer else {
                panic!("{answer:?}");
            };
            let wanted: Vec<String> = story
                .answers
                .iter()
                .map(|answer| match &answer.wanted {
                    Word::Class(name, _) => name.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            let padding = read - wanted.len();
            let goes_in = story.goes_in.to_string();
            let says = goes_in.contains(&format!("and {padding} of padding"));
            assert_eq!(says, padding > 0, "{goes_in}");
            told.push((read, wanted));
        }
        told
    };
    let (skipped, read) = (tags(true), tags(false));
    let mut padded = 0;
    for ((steps, wanted), (all, same)) in skipped.iter().zip(&read) {
        assert_eq!((*steps, *all), (wanted.len(), 12));
        assert_eq!(wanted, same);
        padded += usize::from(steps < all);
    }
    assert!(padded > 0, "{skipped:?}");
}

/// What a sequence is told of is what the forecasts and the targets of the data set say.
#[test]
fn a_sequence_is_told_with_what_went_in_what_came_out_and_what_is_right() {
    use crate::data::Split;
    use crate::train::story::Word;
    for entry in gallery::EXPERIMENTS {
        let mut session = Session::new(|| {});
        settled(
            &mut session,
            [text(entry.text, entry.title), Command::Update(3)],
        );
        let snapshot = Arc::clone(session.snapshot().unwrap());
        let told = session.ask(&Question::Story).answer.unwrap();
        let Answer::Story(Some(story)) = &*told else {
            panic!("{}: {told:?}", entry.title);
        };
        let probe = &snapshot.probe;
        let read = probe.parts[0].lengths[0];
        for input in &story.inputs {
            assert_eq!(input.values.len(), read, "{}", entry.title);
        }
        if let Some(steps) = &story.steps {
            assert_eq!(steps.len(), read, "{}", entry.title);
        }
        assert_eq!(story.symbols, story.inputs.is_empty(), "{}", entry.title);
        // The answers are the probe's share of the forecasts, and the targets beside them.
        let forecasts = snapshot.forecasts(probe.split);
        let compared: Vec<_> = forecasts
            .compared(&snapshot.material, 0, 0)
            .zip(&forecasts.sequences)
            .filter(|(_, sequence)| **sequence == probe.index)
            .map(|(compared, _)| compared)
            .collect();
        let last = compared.last().unwrap();
        let names = match &snapshot.material.dataset.targets {
            crate::data::Targets::Classes { names, .. } => names.clone(),
            crate::data::Targets::Values(_) => Vec::new(),
        };
        let answer = story.answers.last().unwrap();
        match (&answer.said, &answer.wanted) {
            (Word::Number(said), Word::Number(wanted)) => {
                assert!((said - last.prediction).abs() <= 1e-9 * said.abs().max(1.0));
                assert_eq!(*wanted, last.target, "{}", entry.title);
            }
            (Word::Class(said, Some(sure)), Word::Class(wanted, _)) => {
                assert_eq!(said, &names[last.prediction as usize], "{}", entry.title);
                assert_eq!(wanted, &names[last.target as usize], "{}", entry.title);
                assert!((0.0..=1.0).contains(sure) && *sure >= 1.0 / names.len() as f64);
            }
            other => panic!("{}: {other:?}", entry.title),
        }
        for sentence in [&story.goes_in, &story.comes_out, &story.right] {
            assert!(sentence.to_string().len() > 5, "{}: {story:?}", entry.title);
        }
        // Symbols are read, written and followed where there are some.
        let ask = |question| (*session.ask(&question).answer.unwrap()).clone();
        let (dataset, probe) = (&snapshot.material.dataset, &snapshot.probe);
        let span = dataset.split(probe.split)[probe.index];
        let reads = crate::data::survey::symbols_read(dataset, span).is_some();
        let (scan, quantity) = (0, Quantity::H);
        match ask(Question::Symbols { scan, quantity }) {
            Answer::Symbols(it) => assert_eq!(it.is_some(), reads, "{}", entry.title),
            other => panic!("{other:?}"),
        }
        let property = crate::train::symbols::Property::Step;
        match ask(Question::Followers {
            scan,
            quantity,
            property,
        }) {
            Answer::Followers(it) => assert_eq!(it.is_some(), reads, "{}", entry.title),
            other => panic!("{other:?}"),
        }
        let (steps, temperature, seed) = (5, 1.0, 1);
        let goes_on = crate::train::continuation::goes_on(&snapshot.material).is_ok();
        match ask(Question::Continuation {
            steps,
            temperature,
            seed,
        }) {
            Answer::Continuation(it) => {
                assert_eq!(it.is_some(), reads && goes_on, "{}", entry.title);
            }
            other => panic!("{other:?}"),
        }
        // So is what attention looks at.
        let looks = !probe.attention.is_empty();
        match ask(Question::Spreads { map: 0 }) {
            Answer::Spreads(it) => assert_eq!(it.is_some(), looks, "{}", entry.title),
            other => panic!("{other:?}"),
        }
        for alteration in crate::train::Alteration::ALL {
            match ask(Question::Altered(alteration)) {
                Answer::Altered(it) => assert_eq!(it.is_some(), looks, "{}", entry.title),
                other => panic!("{other:?}"),
            }
        }
        // What forecasts are worth is asked of series alone.
        let (split, output) = (Split::Test, 0);
        let is_series = snapshot.material.baselines.is_some();
        let ask = |question| (*session.ask(&question).answer.unwrap()).clone();
        match ask(Question::Shadow { split, output }) {
            Answer::Shadow(shadow) => assert_eq!(shadow.is_some(), is_series, "{}", entry.title),
            other => panic!("{other:?}"),
        }
        match ask(Question::Horizons { target: 0 }) {
            Answer::Horizons(it) => assert_eq!(it.is_some(), is_series, "{}", entry.title),
            other => panic!("{other:?}"),
        }
        match ask(Question::Residuals { split, output }) {
            Answer::Residuals(it) => assert_eq!(it.is_some(), is_series, "{}", entry.title),
            other => panic!("{other:?}"),
        }
        // Which classes are taken for which adds up to all forecasts.
        let told = session
            .ask(&Question::Confusion(Split::Test))
            .answer
            .unwrap();
        let Answer::Confusion(confusion) = &*told else {
            panic!("{told:?}");
        };
        assert_eq!(confusion.is_some(), !names.is_empty(), "{}", entry.title);
        let Answer::Chances(chances) = ask(Question::Chances) else {
            panic!("no answer");
        };
        assert_eq!(chances.is_some(), !names.is_empty(), "{}", entry.title);
        for row in chances.iter().flat_map(|chances| chances.of.outer_iter()) {
            assert!((row.sum() - 1.0).abs() < 1e-12, "{}", entry.title);
        }
        if let Some(confusion) = confusion {
            assert_eq!(confusion.all() as usize, snapshot.test.rows.len());
            let share = f64::from(confusion.right()) / f64::from(confusion.all());
            let accuracy = snapshot.accuracy(Split::Test).unwrap();
            assert!(
                confusion.names.last().unwrap() == "others" || (share - accuracy).abs() < 1e-12
            );
        }
    }
}
