use super::{Expression, Missing, Scope, Value};
use crate::experiment::Location;
use crate::lesson::player::play;
use crate::session::{Command, Origin, Session};

fn session(cell: &str, more: &str) -> Session {
    let text = format!(
        "format = 1\nseed = 3\n\n[data]\ntask = \"adding\"\nlength = 6\ntrain_sequences = 24\ntest_sequences = 8\n\n\
         [model]\ncell = \"{cell}\"\nhidden_size = 3\n{more}\n\n[training]\nupdates = 6\nbatch_size = 8\n"
    );
    let origin = Origin::Text {
        text,
        location: Location::BuiltIn,
        name: "test".into(),
    };
    let mut session = Session::new(|| {});
    play(&mut session, &[Command::Open(origin), Command::Update(2)]).expect("it opens");
    session
}

fn number(session: &Session, text: &str) -> f64 {
    let names = [("t".to_owned(), 3.0), ("j".to_owned(), 1.0)];
    let read = Expression::read(text, &names.each_ref().map(|(name, _)| name.clone()));
    let read = read.unwrap_or_else(|problem| panic!("{text}: {problem}"));
    let value = Scope::with(session, &names).number(&read);
    value.unwrap_or_else(|missing| panic!("{text}: {missing:?}"))
}

fn same(session: &Session, one: &str, other: &str) {
    let (a, b) = (number(session, one), number(session, other));
    assert!(
        (a - b).abs() <= 1e-12 * b.abs().max(1e-3),
        "{one} is {a}, {other} is {b}"
    );
}

#[test]
fn signs_bind_as_on_paper() {
    let alone = |text: &str| Expression::read(text, &[]).unwrap().alone().unwrap();
    for (text, value) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("8 - 3 - 2", 3.0),
        ("16 / 4 / 2", 2.0),
        ("-2^2", -4.0),
        ("2^-1", 0.5),
        ("2^3^2", 512.0),
        ("1 − 0.5²", 0.75),
        ("3·2 × 2 ÷ 4", 3.0),
        ("σ(0) + tanh(0) + relu(-3) + relu(2)", 2.5),
        ("max(1, 5, 2) - min(4, 3)", 2.0),
        ("1.5e2 + .5", 150.5),
        ("ln(exp(2)) + log10(1000) + sqrt(9) + abs(-1)", 9.0),
        ("sum(k, 1, 4, k^2)", 30.0),
        ("product(k, 1, 4, k)", 24.0),
        ("sum(k, 2, 1, k) + product(k, 2, 1, k)", 1.0),
    ] {
        assert!(
            (alone(text) - value).abs() < 1e-12,
            "{text} is {}",
            alone(text)
        );
    }
}

/// What the engine ran is said again in formulas: a step of the Elman network, a step of its way back, a weight's gradient.
#[test]
fn a_step_and_its_way_back_are_what_the_engine_recorded() {
    let rnn = session("rnn", "");
    same(
        &rnn,
        "h[t][j]",
        "tanh(dot(weight_ih_l0[j,:], x[t]) + bias_ih_l0[j] + dot(weight_hh_l0[j,:], h[t-1]) + bias_hh_l0[j])",
    );
    same(
        &rnn,
        "h[1][0]",
        "tanh(dot(weight_ih_l0[0,:], x[1]) + bias_ih_l0[0] + bias_hh_l0[0])",
    );
    same(&rnn, "norm(h[0])", "0");
    same(
        &rnn,
        "d_h[t-1][j]",
        "dot(weight_hh_l0[:,j], (1 - h[t]^2) * d_h[t])",
    );
    same(
        &rnn,
        "d_weight_hh_l0[0,1]",
        "sum(k, 1, T, d_h[k][0] * (1 - h[k][0]^2) * h[k-1][1])",
    );
    same(
        &rnn,
        "y[T][0]",
        "dot(readout.weight[0,:], h[T]) + readout.bias[0]",
    );
    same(&rnn, "measure(loss.probe)", "(y[T][0] - target[T][0])^2");
    same(&rnn, "d_y[T][0]", "2 * (y[T][0] - target[T][0])");
    same(
        &rnn,
        "measure(gradient.ratio from=-1 to=1)",
        "norm(d_h[1]) / norm(d_h[T])",
    );
    same(
        &rnn,
        "d_x[2][0]",
        "sum(weight_ih_l0[:,0] * (1 - h[2]^2) * d_h[2])",
    );
}

#[test]
fn gates_layers_and_directions_have_the_names_of_pytorch() {
    let lstm = session("lstm", "num_layers = 2\nbidirectional = true");
    same(
        &lstm,
        "c_l1[t][j]",
        "f_l1[t][j] * c_l1[t-1][j] + i_l1[t][j] * g_l1[t][j]",
    );
    // A reverse scan's step before comes later.
    same(
        &lstm,
        "c_l0_reverse[t][j]",
        "f_l0_reverse[t][j] * c_l0_reverse[t+1][j] + i_l0_reverse[t][j] * g_l0_reverse[t][j]",
    );
    same(&lstm, "h[t][j]", "o[t][j] * tanh(c[t][j])");
    same(
        &lstm,
        "f[1][0]",
        "sigma(dot(weight_ih_l0[3,:], x[1]) + bias_ih_l0[3] + bias_hh_l0[3])",
    );
}

#[test]
fn what_is_wrong_is_said() {
    let rnn = session("rnn", "");
    for (text, said) in [
        ("", "found nothing"),
        ("1 +", "the formula ends"),
        ("(1", "expected “)”"),
        ("1 2", "after the end"),
        ("h[1][0", "expected “]”"),
        ("h", "the step and then the unit"),
        ("h[1,0]", "the step and then the unit"),
        ("h[:]", "expected one step"),
        ("weight_hh_l0[0][1]", "as PyTorch has them"),
        (
            "tnah(1)",
            "there is no function “tnah”. Did you mean “tanh”?",
        ),
        ("dot(h[1])", "found 1 in dot"),
        ("wieght_hh_l0[0,0]", "Did you mean “weight_hh_l0”?"),
        ("s + 1", "no name given here"),
        (
            "measure(gradient.rato from=-1 to=1)",
            "Did you mean “gradient.ratio”?",
        ),
        ("sum(h, 1, 2, 3)", "means something else"),
        ("1 $ 2", "which no formula has"),
    ] {
        let problem = Expression::read(text, &[]).expect_err(text);
        assert!(problem.contains(said), "{text}: {problem}");
    }
    assert!(Expression::read(&"(".repeat(500), &[]).is_err());
    assert!(Expression::read(&"-".repeat(500), &[]).is_err());
    let scope = Scope::new(&rnn);
    for (text, said) in [
        ("h[7][0]", "found the index 7, expected one from 0 to 6"),
        ("x[0][0]", "found the index 0, expected one from 1 to 6"),
        ("y[1][0]", "found the index 1, expected one from 6 to 6"),
        ("h[1][3]", "expected one from 0 to 2"),
        ("h[1.5][0]", "expected a whole number"),
        ("f[1][0]", "no such quantity"),
        ("h_l1[1][0]", "no such layer"),
        ("encoder.h[1][0]", "no such part"),
        (
            "weight_hh_l1[0,0]",
            "this network has no “weight_hh_l1”, expected one of weight_ih_l0",
        ),
        ("weight_hh_l0[0]", "found 1 indices, expected 2"),
        ("weight_hh_l0[:,:]", "is a matrix"),
        ("h[1]", "found a list of 3 numbers"),
        ("dot(x[1], h[1])", "lists of 2 and of 3 numbers"),
        ("dot(1, h[1])", "expected two lists"),
        ("attention[1][1]", "no such attention"),
        ("measure(diverged.update)", "has no value here"),
    ] {
        let read =
            Expression::read(text, &[]).unwrap_or_else(|problem| panic!("{text}: {problem}"));
        match scope.number(&read) {
            Err(Missing::Fault(problem)) => assert!(problem.contains(said), "{text}: {problem}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn numbers_are_put_in_as_one_writes_them() {
    let rnn = session("rnn", "");
    let mut scope = Scope::new(&rnn);
    scope.name("a", Value::Number(0.25));
    scope.name("b", Value::Number(-0.5));
    scope.name("v", Value::List(vec![1.0, -2.0]));
    let names = ["a", "b", "v"].map(str::to_owned);
    for (text, written) in [
        ("a + b", "0.25 + (−0.5)"),
        ("a * b", "0.25\u{a0}·\u{a0}(−0.5)"),
        ("(a + b) * a", "(0.25 + (−0.5))\u{a0}·\u{a0}0.25"),
        ("1 - b^2", "1 − (−0.5)^2"),
        ("a - (b - a)", "0.25 − (−0.5 − 0.25)"),
        ("sigma(a)", "σ(0.25)"),
        ("dot(v, v)", "1\u{a0}·\u{a0}1 + (−2)\u{a0}·\u{a0}(−2)"),
        ("sum(v)", "1 + (−2)"),
        ("sum(k, 1, 3, k * a)", "0.25 + 0.5 + 0.75"),
        ("v * 2", "[2, −4]"),
    ] {
        let read = Expression::read(text, &names).unwrap();
        assert_eq!(read.written(&scope).unwrap(), written, "{text}");
    }
}
