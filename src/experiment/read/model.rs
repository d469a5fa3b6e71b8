//! `[model]`.

use super::section::{Allowed, Report, Section};
use super::set::{WEIGHT, WEIGHTS, set_numbers};
use super::{ABOVE_ZERO_TO_1000, SHARE_BELOW_ONE};
use crate::experiment::{DecoderSpec, ModelKind, ModelSpec, WeightsFile};
use crate::nn::attention::Attention;
use crate::nn::init::has_forget_gate;
use crate::nn::state_dict::Wish;
use crate::nn::{Cell, Init, Readout, Scheme};

/// The widest layer.
const MAX_HIDDEN_SIZE: i64 = 4096;

const T_MAX: Allowed = Allowed {
    accepts: |steps| (2.0..=1e6).contains(&steps),
    expected: "a number from 2 to 1000000",
};

/// Which kind it is; the rest depends on that.
#[derive(Clone, Copy, PartialEq)]
enum KindName {
    Recurrent,
    EncoderDecoder,
    SelfAttention,
}

/// `None` if its kind is none, which is then reported: which keys it may have is unknown.
pub(super) fn model(root: &mut Section, report: &mut Report) -> Option<ModelSpec> {
    let mut section = root.section(report, "model");
    let [recurrent, encoder_decoder, self_attention] = ModelKind::NAMES;
    let kinds = [
        (recurrent, KindName::Recurrent),
        (encoder_decoder, KindName::EncoderDecoder),
        (self_attention, KindName::SelfAttention),
    ];
    let name = section.choice(report, "kind", &kinds, KindName::Recurrent)?;
    let before = report.len();
    refuse_keys_of_other_kinds(&mut section, report, name);
    let attends = name == KindName::SelfAttention;
    let cell = if attends {
        Cell::Lstm
    } else {
        cell(&mut section, report, Cell::Lstm)
    };
    let hidden_size = section.whole(report, "hidden_size", 1..=MAX_HIDDEN_SIZE, 16) as usize;
    let mut spec = ModelSpec {
        kind: ModelKind::Recurrent,
        cell,
        hidden_size,
        num_layers: section.whole(report, "num_layers", 1..=8, 1) as usize,
        bidirectional: !attends && truth(&mut section, report, "bidirectional", false),
        dropout: if attends {
            0.0
        } else {
            section.number(report, "dropout", &SHARE_BELOW_ONE, 0.0)
        },
        readout: readout(&mut section, report, name),
        masking: truth(&mut section, report, "masking", true),
        init: Init::default(),
        weights: None,
    };
    // What must fit together is compared only where each is right by itself.
    let sound = report.len() == before;
    spec.kind = match name {
        KindName::Recurrent => ModelKind::Recurrent,
        KindName::EncoderDecoder => ModelKind::EncoderDecoder {
            decoder: decoder(&mut section, report, &spec, sound),
        },
        KindName::SelfAttention => ModelKind::SelfAttention {
            heads: heads(&mut section, report, hidden_size, sound),
            causal: truth(&mut section, report, "causal", true),
            positions: truth(&mut section, report, "positions", true),
        },
    };
    spec.init = init(&mut section, report, &spec);
    spec.weights = weights(&mut section, report);
    section.finish(report);
    Some(spec)
}

fn refuse_keys_of_other_kinds(section: &mut Section, report: &mut Report, name: KindName) {
    let here = match name {
        KindName::Recurrent => "a recurrent model",
        KindName::EncoderDecoder => "an encoder–decoder",
        KindName::SelfAttention => "a model of self-attention",
    };
    if name != KindName::SelfAttention {
        for key in ["heads", "causal", "positions"] {
            let hint = "It belongs to self-attention: write kind = \"self_attention\", or delete the line.";
            section.refuse_key(report, key, here, hint);
        }
    }
    if name != KindName::EncoderDecoder {
        let hint = "Write kind = \"encoder_decoder\", or delete the decoder.";
        section.refuse_key(report, "decoder", here, hint);
    }
    if name == KindName::SelfAttention {
        for (key, hint) in [
            (
                "cell",
                "Self-attention has no cell: no state is handed from step to step.",
            ),
            (
                "bidirectional",
                "Self-attention has no direction; causal = false lets every step see the later ones too.",
            ),
            (
                "dropout",
                "It acts between recurrent layers. Delete the line.",
            ),
        ] {
            section.refuse_key(report, key, here, hint);
        }
    }
}

fn cell(section: &mut Section, report: &mut Report, default: Cell) -> Cell {
    let cells = Cell::ALL.map(|cell| (cell.name(), cell));
    section
        .choice(report, "cell", &cells, default)
        .unwrap_or(default)
}

fn truth(section: &mut Section, report: &mut Report, key: &'static str, default: bool) -> bool {
    let hint = format!("The default is {default}.");
    section.truth(report, key, &hint).unwrap_or(default)
}

fn readout(section: &mut Section, report: &mut Report, name: KindName) -> Readout {
    let default = match name {
        KindName::EncoderDecoder => Readout::Every,
        KindName::Recurrent | KindName::SelfAttention => Readout::Last,
    };
    let all = [Readout::Last, Readout::Final, Readout::Every];
    let readouts = all.map(|readout| (readout.name(), readout));
    let chosen = section.choice(report, "readout", &readouts, default);
    if name == KindName::EncoderDecoder
        && let Some(Readout::Last | Readout::Final) = chosen
        && let Some(entry) = section.peek("readout")
    {
        let hint = "A decoder answers at each of its steps. Delete the line.";
        report.refuse(&entry, "“every” in an encoder–decoder", hint);
    }
    chosen.unwrap_or(default)
}

fn decoder(
    section: &mut Section,
    report: &mut Report,
    encoder: &ModelSpec,
    sound: bool,
) -> DecoderSpec {
    let width = encoder.directions() * encoder.hidden_size;
    let default = DecoderSpec {
        cell: encoder.cell,
        hidden_size: width,
        attention: Attention::None,
    };
    let Some(entry) = section.get("decoder") else {
        return default;
    };
    let Some(mut table) = entry.section() else {
        let hint = "For example decoder = { cell = \"gru\", attention = \"additive\" }.";
        report.refuse(&entry, "a table with cell, hidden_size and attention", hint);
        return default;
    };
    let before = report.len();
    let attentions = Attention::ALL.map(|attention| (attention.name(), attention));
    let hidden_sizes = 1..=2 * MAX_HIDDEN_SIZE;
    let decoder = DecoderSpec {
        cell: cell(&mut table, report, encoder.cell),
        hidden_size: table.whole(report, "hidden_size", hidden_sizes, width as i64) as usize,
        attention: table
            .choice(report, "attention", &attentions, Attention::None)
            .unwrap_or(Attention::None),
    };
    if sound
        && report.len() == before
        && decoder.attention == Attention::Dot
        && decoder.hidden_size != width
        && let Some(entry) = table.peek("hidden_size")
    {
        report.refuse(
            &entry,
            format!(
                "{width} with attention “dot”, which is what the encoder puts out at each step"
            ),
            "Both vectors of a dot product are equally long; attention = \"additive\" takes any.",
        );
    }
    table.finish(report);
    decoder
}

fn heads(section: &mut Section, report: &mut Report, hidden_size: usize, sound: bool) -> usize {
    let before = report.len();
    let heads = section.whole(report, "heads", 1..=64, 1) as usize;
    if sound
        && report.len() == before
        && !hidden_size.is_multiple_of(heads)
        && let Some(entry) = section.peek("heads")
    {
        let expected = format!("a number that divides hidden_size, {hidden_size}");
        let hint = "Each head has an equal share of the width.";
        report.refuse(&entry, expected, hint);
    }
    heads
}

fn init(section: &mut Section, report: &mut Report, model: &ModelSpec) -> Init {
    let Some(entry) = section.get("init") else {
        return Init::default();
    };
    let Some(mut table) = entry.section() else {
        let hint = "For example init = { scheme = \"normal\", std = 0.1 }.";
        report.refuse(&entry, "a table with scheme", hint);
        return Init::default();
    };
    let schemes = Scheme::ALL.map(|scheme| (scheme.name(), scheme));
    let Some(scheme) = table.choice(report, "scheme", &schemes, Scheme::Pytorch) else {
        // Which other keys it may have is unknown.
        return Init::default();
    };
    let scheme = scheme_settings(&mut table, report, scheme);
    let stacks = model.stacks();
    if let Some(entry) = table.peek("scheme") {
        if stacks.is_empty() && scheme != Scheme::Pytorch {
            let hint =
                "The other schemes concern recurrent weights, which self-attention has none of.";
            report.refuse(&entry, "“pytorch” in a model of self-attention", hint);
        } else if !stacks.is_empty() && !stacks.iter().any(|stack| scheme.suits(stack.cell)) {
            report.refuse(
                &entry,
                format!("another scheme with the cell “{}”", model.cell.name()),
                "It sets the bias of the gate that keeps the past: choose the cell “lstm” or “gru”.",
            );
        }
    }
    let forget_bias = if stacks.iter().any(|stack| has_forget_gate(stack.cell)) {
        let hint = "For example forget_bias = 1.0.";
        table.optional_number(report, "forget_bias", &WEIGHT, hint)
    } else {
        let here = "a model without a forget gate";
        let hint = "The cell “lstm” has one. Choose it, or delete the setting.";
        table.refuse_key(report, "forget_bias", here, hint);
        None
    };
    let init = Init {
        scheme,
        forget_bias,
        set: set_numbers(&mut table, &WEIGHTS, report),
    };
    table.finish(report);
    init
}

/// `weights = { file = "net.safetensors", prefix = ["encoder."], partial = true }`.
fn weights(section: &mut Section, report: &mut Report) -> Option<WeightsFile> {
    const HINT: &str = "For example weights = { file = \"net.safetensors\" }.";
    let entry = section.get("weights")?;
    let Some(mut table) = entry.section() else {
        report.refuse(&entry, "a table with file", HINT);
        return None;
    };
    if table.peek("file").is_none() {
        table.missing(report, "file", "the path of a safetensors file", HINT);
    }
    let path = table.text(report, "file", "the path of a safetensors file", HINT);
    let prefixes = prefixes(&mut table, report);
    let partial = truth(&mut table, report, "partial", false);
    table.finish(report);
    Some(WeightsFile {
        path: path?,
        wish: Wish { prefixes, partial },
    })
}

/// One prefix, or a list of them.
fn prefixes(table: &mut Section, report: &mut Report) -> Vec<String> {
    let Some(entry) = table.get("prefix") else {
        return Vec::new();
    };
    let one = entry.item.as_str().map(|text| vec![text.to_owned()]);
    let several = || -> Option<Vec<String>> {
        let list = entry.item.as_array()?;
        list.iter()
            .map(|value| value.as_str().map(str::to_owned))
            .collect()
    };
    one.or_else(several).unwrap_or_else(|| {
        let hint = "It is how the names begin that are meant: prefix = \"encoder.\".";
        report.refuse(&entry, "a text, or a list of texts", hint);
        Vec::new()
    })
}

/// Reads the settings that the scheme has, and refuses those that only others have.
fn scheme_settings(table: &mut Section, report: &mut Report, scheme: Scheme) -> Scheme {
    let here = format!("the scheme “{}”", scheme.name());
    let mut refuse = |table: &mut Section, key, hint| table.refuse_key(report, key, &here, hint);
    if !matches!(scheme, Scheme::Normal { .. }) {
        refuse(table, "std", "It belongs to the scheme “normal”.");
    }
    if !matches!(scheme, Scheme::Orthogonal { .. } | Scheme::Identity { .. }) {
        let hint = "It belongs to the schemes “orthogonal” and “identity”.";
        refuse(table, "gain", hint);
    }
    if !matches!(scheme, Scheme::Chrono { .. }) {
        refuse(table, "t_max", "It belongs to the scheme “chrono”.");
    }
    match scheme {
        Scheme::Pytorch | Scheme::Keras => scheme,
        Scheme::Normal { std } => Scheme::Normal {
            std: table.number(report, "std", &ABOVE_ZERO_TO_1000, std),
        },
        Scheme::Orthogonal { gain } => Scheme::Orthogonal {
            gain: table.number(report, "gain", &ABOVE_ZERO_TO_1000, gain),
        },
        Scheme::Identity { gain } => Scheme::Identity {
            gain: table.number(report, "gain", &ABOVE_ZERO_TO_1000, gain),
        },
        Scheme::Chrono { t_max } => {
            let hint = "It is the longest span to be remembered, such as the steps of a sequence.";
            if table.peek("t_max").is_none() {
                table.missing(report, "t_max", T_MAX.expected, hint);
            }
            let read = table.optional_number(report, "t_max", &T_MAX, hint);
            Scheme::Chrono {
                t_max: read.unwrap_or(t_max),
            }
        }
    }
}
