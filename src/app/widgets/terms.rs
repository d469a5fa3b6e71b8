//! The words of the trade, explained where they stand: what points at one is told what it does here, and what the word means.
//!
//! What a word means is said in one place, the glossary; here is only the closed list of the words that stand on the screen.

use std::sync::Arc;

use eframe::egui::mutex::Mutex;
use eframe::egui::{Id, Response, RichText, Tooltip, Ui};

use super::formula::Formulas;
use super::prose::{Link, Prose};
use crate::app::theme::{self, GRID, Palette, TEXT};
use crate::lesson::glossary;
use crate::nn::Quantity;

/// The words, each with its name in the glossary.
macro_rules! terms {
    ($($term:ident $name:literal,)*) => {
        /// A word on the screen that the glossary explains.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the glossary says what each is")]
        pub enum Term {
            $($term,)*
        }

        impl Term {
            /// All of them.
            pub const ALL: &[Term] = &[$(Term::$term,)*];

            /// What it is called by in the glossary.
            pub fn name(self) -> &'static str {
                match self {
                    $(Term::$term => $name,)*
                }
            }
        }
    };
}

terms! {
    Accuracy "accuracy",
    Adam "adam",
    Adjoint "adjoint",
    Ar "ar",
    Attention "attention",
    Autocorrelation "autocorrelation",
    Baseline "baseline",
    Batch "batch",
    Bias "bias",
    Bidirectional "bidirectional",
    Candidate "candidate",
    Cell "cell",
    CellState "cell-state",
    CentralDifference "central-difference",
    Cliff "cliff",
    Clipping "clipping",
    ConfusionMatrix "confusion-matrix",
    Context "context",
    Counting "counting",
    Criterion "criterion",
    CrossEntropy "cross-entropy",
    Divergence "divergence",
    Dropout "dropout",
    Elman "elman",
    Eigenvalue "eigenvalue",
    EncoderDecoder "encoder-decoder",
    Entropy "entropy",
    FirstWeights "first-weights",
    Following "following",
    FixedPoint "fixed-point",
    ForgetGate "forget-gate",
    Gate "gate",
    Gradient "gradient",
    GradientFlow "gradient-flow",
    GradientReach "gradient-reach",
    Gru "gru",
    Head "head",
    HeatMap "heat-map",
    HiddenSize "hidden-size",
    HiddenState "hidden-state",
    HollowMark "hollow-mark",
    Horizon "horizon",
    InputGate "input-gate",
    Jacobian "jacobian",
    Layer "layer",
    Kind "kind",
    KnowingNothing "knowing-nothing",
    LearningRate "learning-rate",
    Lockstep "lockstep",
    Loss "loss",
    LossSurface "loss-surface",
    Lstm "lstm",
    Mae "mae",
    Mase "mase",
    Momentum "momentum",
    Mse "mse",
    Naive "naive",
    Norm "norm",
    Operation "operation",
    Optimizer "optimizer",
    Orthogonal "orthogonal",
    OutputGate "output-gate",
    Padding "padding",
    PartialAutocorrelation "partial-autocorrelation",
    PascanuBound "pascanu-bound",
    Positions "positions",
    Precision "precision",
    PrincipalComponents "principal-components",
    Probe "probe",
    Readout "readout",
    ResetGate "reset-gate",
    Residual "residual",
    Rmse "rmse",
    RmsProp "rmsprop",
    Scaling "scaling",
    Schedule "schedule",
    SeasonalNaive "seasonal-naive",
    Seed "seed",
    SelfAttention "self-attention",
    Sequence "sequence",
    Shadow "shadow",
    Skill "skill",
    Sgd "sgd",
    SingularValue "singular-value",
    SpectralRadius "spectral-radius",
    Sweep "sweep",
    Slope "slope",
    TeacherForcing "teacher-forcing",
    Temperature "temperature",
    TestPart "test-part",
    TimeStep "time-step",
    TrainingPart "training-part",
    Truncation "truncation",
    Unit "unit",
    UnitCircle "unit-circle",
    Update "update",
    UpdateGate "update-gate",
    WarmUp "warm-up",
    Weight "weight",
    WeightDecay "weight-decay",
    Window "window",
}

/// The labels of settings that are words of the trade, in the set-up and where data are imported.
const SETTINGS: [(&str, Term); 45] = [
    ("AR lags", Term::Ar),
    ("AR method", Term::Ar),
    ("Alpha", Term::RmsProp),
    ("Attention", Term::Attention),
    ("Batch size", Term::Batch),
    ("Beta 1", Term::Adam),
    ("Beta 2", Term::Adam),
    ("Cell", Term::Cell),
    ("Clipping", Term::Clipping),
    ("Decoder cell", Term::Cell),
    ("Decoder size", Term::HiddenSize),
    ("Directions", Term::Bidirectional),
    ("Diverged above", Term::Divergence),
    ("Dropout", Term::Dropout),
    ("Forget bias", Term::Bias),
    ("Heads", Term::Head),
    ("Hidden size", Term::HiddenSize),
    ("Horizon", Term::Horizon),
    ("Encoder cell", Term::Cell),
    ("Kind", Term::Kind),
    ("Layers", Term::Layer),
    ("Learning rate", Term::LearningRate),
    ("Max norm", Term::Norm),
    ("Max value", Term::Clipping),
    ("Momentum", Term::Momentum),
    ("Optimizer", Term::Optimizer),
    ("Padding", Term::Padding),
    ("Positions", Term::Positions),
    ("Precision", Term::Precision),
    ("Readout", Term::Readout),
    ("Scale", Term::Scaling),
    ("Season", Term::SeasonalNaive),
    ("Seed", Term::Seed),
    ("Sequence", Term::Probe),
    ("Shape", Term::Schedule),
    ("Teacher forcing", Term::TeacherForcing),
    ("Test every", Term::TestPart),
    ("Test from", Term::TestPart),
    ("Test groups", Term::TestPart),
    ("Test part", Term::TestPart),
    ("Truncate at", Term::Truncation),
    ("Updates", Term::Update),
    ("Warm-up", Term::WarmUp),
    ("Weight decay", Term::WeightDecay),
    ("Window", Term::Window),
];

/// The words that open and close groups of settings.
const GROUPS: [(&str, Term); 3] = [
    ("First weights", Term::FirstWeights),
    ("Optimizer details", Term::Optimizer),
    ("Rate schedule", Term::Schedule),
];

/// What can be chosen in a setting, where that is the word of the trade.
const CHOICES: [(&str, Term); 15] = [
    ("Adam", Term::Adam),
    ("AdamW", Term::Adam),
    ("GRU", Term::Gru),
    ("GRU (reset before)", Term::Gru),
    ("LSTM", Term::Lstm),
    ("LSTM (1997)", Term::Lstm),
    ("RMSProp", Term::RmsProp),
    ("RNN (ReLU)", Term::Elman),
    ("RNN (linear)", Term::Elman),
    ("RNN (tanh)", Term::Elman),
    ("SGD", Term::Sgd),
    ("by AIC", Term::Criterion),
    ("by BIC", Term::Criterion),
    ("encoder–decoder", Term::EncoderDecoder),
    ("self-attention", Term::SelfAttention),
];

impl Term {
    /// What is chosen in a setting, where that is a word of the trade.
    pub fn of_choice(name: &str) -> Option<Term> {
        let mut found = CHOICES.iter().filter(|(of, _)| *of == name);
        found.next().map(|(_, term)| *term)
    }

    /// What a quantity is, where it is a word of the trade.
    pub fn of_quantity(quantity: Quantity) -> Option<Term> {
        match quantity {
            Quantity::I => Some(Term::InputGate),
            Quantity::F => Some(Term::ForgetGate),
            Quantity::O => Some(Term::OutputGate),
            Quantity::R => Some(Term::ResetGate),
            Quantity::Z => Some(Term::UpdateGate),
            Quantity::G | Quantity::N => Some(Term::Candidate),
            Quantity::C => Some(Term::CellState),
            Quantity::H => Some(Term::HiddenState),
            Quantity::Y => Some(Term::Readout),
            Quantity::X | Quantity::TanhC | Quantity::Q => None,
        }
    }

    /// What the label of a setting, or the title of a group of them, stands for, where it is a word of the trade.
    pub fn of_setting(label: &str) -> Option<Term> {
        let all = SETTINGS.iter().chain(&GROUPS);
        let mut found = all.filter(|(of, _)| *of == label);
        found.next().map(|(_, term)| *term)
    }

    /// Its entry in the glossary.
    pub fn entry(self) -> Option<&'static glossary::Term> {
        glossary::lookup(self.name())
    }
}

/// Says, to who points at it, what something does here, and what the words mean that it stands for.
pub fn explained(response: Response, here: &str, terms: &[Term]) -> Response {
    if !here.is_empty() || !terms.is_empty() {
        describe(&response, here);
        Tooltip::for_enabled(&response).show(|ui| explanation(ui, here, terms));
    }
    response
}

/// The same of what cannot be used now.
pub fn explained_while_disabled(response: Response, here: &str, terms: &[Term]) -> Response {
    Tooltip::for_disabled(&response).show(|ui| explanation(ui, here, terms));
    response
}

/// Screen readers are told what it does here; the words they can look up.
fn describe(response: &Response, here: &str) {
    if !here.is_empty() && response.ctx.has_accesskit_node(response.id) {
        response.ctx.accesskit_node_builder(response.id, |node| {
            node.set_description(here);
        });
    }
}

fn explanation(ui: &mut Ui, here: &str, terms: &[Term]) {
    // Otherwise the box would shrink to what was in it last.
    ui.set_max_width(ui.spacing().tooltip_width);
    if !here.is_empty() {
        ui.label(here);
    }
    let entries = terms.iter().filter_map(|term| term.entry());
    for (index, entry) in entries.enumerate() {
        if index > 0 || !here.is_empty() {
            ui.add_space(0.25 * GRID);
            ui.separator();
        }
        let formulas = shared_formulas(ui);
        definition(ui, entry, &Prose::new(entry.text), &mut formulas.lock());
    }
}

/// A word and what it means; returns the link in it that is clicked or hovered.
pub fn definition(
    ui: &mut Ui,
    entry: &glossary::Term,
    text: &Prose,
    formulas: &mut Formulas,
) -> Option<Link> {
    let palette = Palette::of(ui.visuals());
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.25 * GRID;
        let title = RichText::new(entry.title).font(theme::semi_bold(TEXT));
        ui.label(title.color(palette.strong_text));
        text.show(ui, formulas)
    })
    .inner
}

/// The formulas of all explanations: whoever has one cannot always be handed those of the window.
fn shared_formulas(ui: &Ui) -> Arc<Mutex<Formulas>> {
    let id = Id::unique("formulas of explanations");
    ui.data_mut(|data| Arc::clone(data.get_temp_mut_or_default(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui_kittest::{Harness, kittest::Queryable};
    use std::collections::BTreeSet;

    #[test]
    fn the_glossary_has_every_word_that_stands_on_the_screen() {
        for term in Term::ALL {
            let entry = term.entry();
            assert!(entry.is_some(), "{term:?}: {}", term.name());
            let text = entry.map_or("", |entry| entry.text);
            let sentences = text.matches(['.', ';']).count();
            assert!(text.ends_with('.') && sentences <= 6, "{term:?}: {text}");
        }
        let names: BTreeSet<&str> = Term::ALL.iter().map(|term| term.name()).collect();
        assert_eq!(names.len(), Term::ALL.len(), "two words are one entry");
    }

    #[test]
    fn the_glossary_is_in_the_order_of_the_alphabet() {
        let letters = |title: &str| -> String {
            let letters = title
                .chars()
                .filter(|sign| sign.is_alphabetic() || *sign == ' ');
            letters.flat_map(char::to_lowercase).collect()
        };
        let titles: Vec<String> = glossary::terms()
            .iter()
            .map(|term| letters(term.title))
            .collect();
        assert!(titles.is_sorted(), "{titles:?}");
    }

    #[test]
    fn what_is_pointed_at_is_explained_without_a_formula_s_signs() {
        let mut harness = Harness::builder()
            .with_size([600.0, 400.0])
            .with_context_setup(theme::install)
            .build_ui(|ui| {
                let label = ui.label("Forget gate");
                explained(label, "How much is kept", &[Term::ForgetGate, Term::Gate]);
            });
        harness.ctx.all_styles_mut(|style| {
            style.interaction.tooltip_delay = 0.0;
            style.interaction.show_tooltips_only_when_still = false;
        });
        harness.run();
        let at = harness.get_by_label("Forget gate").rect().center();
        harness.hover_at(at);
        harness.run();
        let told = |text: &str| harness.query_all_by_label_contains(text).next().is_some();
        assert!(told("How much is kept"));
        assert!(told("share of the old cell state"));
        assert!(told("decides how much of it passes"));
        assert!(!told("$"));
    }
}
