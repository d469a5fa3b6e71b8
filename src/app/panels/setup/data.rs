//! `[data]`: where the sequences come from.

use super::fields::{
    Choice, Groups, choice, number_field, optional_field, read_field, set, text_field,
};
use crate::app::theme::{Palette, SMALL};
use crate::app::widgets::{caption, field_row, section_heading};
use crate::baseline::lags::all_lags;
use crate::baseline::{Criterion, Method, lags};
use crate::data::{Asked, LabelAt, Missing, Scale, SequenceSpec, TestFrom, tasks};
use crate::experiment::{
    BaselineSpec, Baselines, CsvData, Data, Document, Lags, Setting, TaskData, TextData, title_of,
};
use crate::session::{Command, Session};
use crate::words::{self, counted};
use eframe::egui::{self, RichText, Ui};

/// What stands for the settings that are seldom changed.
const DETAILS: &str = "Details";

pub(super) fn show(
    ui: &mut Ui,
    session: &Session,
    groups: &mut Groups,
    commands: &mut Vec<Command>,
) {
    section_heading(ui, "Data");
    let hover = "How sequences are made, and what forecasts are held against";
    match &session.experiment().data {
        Data::Task(data) => {
            task(ui, session, data, commands);
            // How long sequences are is what one changes most.
            let is_length = |name: &str| name == "length";
            parameters(ui, data, commands, is_length);
            let more = data.task.parameters().iter();
            let more = more.filter(|parameter| !is_length(parameter.name)).count();
            let summary = counted(more, "setting");
            groups.show(ui, DETAILS, &summary, hover, false, |ui| {
                parameters(ui, data, commands, |name| !is_length(name));
            });
        }
        Data::Csv(data) => {
            csv(ui, data, commands);
            groups.show(ui, DETAILS, &in_short(data), hover, false, |ui| {
                sequences(ui, session, data, commands);
            });
        }
        Data::Text(data) => text(ui, data, commands),
    }
    let Some(snapshot) = session.snapshot() else {
        return;
    };
    let dataset = &snapshot.material.dataset;
    caption(
        ui,
        &words::sequences(dataset.train.len(), dataset.test.len()),
    );
    if let Some(source) = &snapshot.material.source {
        let report = &source.report;
        for notice in &report.notices {
            caption(ui, notice);
        }
        if let Some(filled) = report.filled_in() {
            caption(ui, &filled);
        }
    }
    let palette = Palette::of(ui.visuals());
    for notice in &snapshot.material.notices {
        ui.label(RichText::new(notice).size(SMALL).color(palette.error));
    }
}

fn task(ui: &mut Ui, session: &Session, data: &TaskData, commands: &mut Vec<Command>) {
    let options: Vec<Choice<&str>> = tasks::ALL
        .iter()
        .map(|task| Choice::new(task.name(), task.title(), task.definition()))
        .collect();
    choice(
        ui,
        "Task",
        data.task.teaches(),
        data.task.name(),
        &options,
        |name| {
            // Another task has other keys: the old ones would be refused.
            let text = Document::parse(&session.text())
                .and_then(|(mut document, _)| document.set_task(name).map(|_| document));
            commands.push(match text {
                Ok(document) => Command::SetText(document.text().to_owned()),
                Err(_) => set("data.task", Setting::Text(name.into())),
            });
        },
    );
    caption(ui, data.task.definition());
}

fn parameters(
    ui: &mut Ui,
    data: &TaskData,
    commands: &mut Vec<Command>,
    which: impl Fn(&str) -> bool,
) {
    let parameters = data.task.parameters().iter();
    for parameter in parameters.filter(|parameter| which(parameter.name)) {
        let value = data.parameters.get(parameter.name);
        let unit = (!parameter.unit.is_empty()).then_some(parameter.unit);
        let path = format!("data.{}", parameter.name);
        number_field(
            ui,
            &title_of(&path),
            unit,
            parameter.description,
            &value.to_string(),
            |value| commands.push(set(&path, value)),
        );
    }
}

/// How sequences are cut from a file, in a few words.
fn in_short(csv: &CsvData) -> String {
    match &csv.sequences.asked {
        Asked::Forecast {
            window,
            horizon,
            steps,
            ..
        } => match steps {
            0 | 1 => format!("{window} in, {horizon} ahead"),
            _ => format!("{window} in, {horizon} to {} ahead", horizon + steps - 1),
        },
        Asked::Classify { .. } | Asked::Symbols { .. } => csv.sequences.scale.name().into(),
    }
}

fn csv(ui: &mut Ui, csv: &CsvData, commands: &mut Vec<Command>) {
    let spec = &csv.sequences;
    file(ui, &csv.path);
    match &spec.asked {
        Asked::Forecast {
            features, targets, ..
        } => {
            let hover = "The columns whose future is asked for";
            shown(ui, "Forecast", hover, &targets.join(", "));
            let hover = "The columns that the network sees";
            shown(ui, "From", hover, &features.join(", "));
        }
        Asked::Classify {
            features,
            label,
            label_at,
            ..
        } => {
            shown(ui, "Label", "The column of classes", label);
            let hover = "The columns that the network sees";
            shown(ui, "From", hover, &features.join(", "));
            let options = [
                Choice::new(
                    None,
                    "as it varies",
                    "At the end if it is constant in every group, otherwise at every step",
                ),
                Choice::new(
                    Some(LabelAt::End),
                    "at the end",
                    "Once, after the last step",
                ),
                Choice::new(Some(LabelAt::Every), "at every step", "Tagging"),
            ];
            let hover = "When the label is asked";
            choice(ui, "Asked", hover, *label_at, &options, |at| {
                let value = at.map_or(Setting::Remove, |at| Setting::Text(at.name().into()));
                commands.push(set("data.label_at", value));
            });
        }
        Asked::Symbols { text, label } => {
            let hover = "The column whose cells are sequences of characters";
            shown(ui, "Text", hover, text);
            match label {
                Some(label) => shown(ui, "Label", "The column of classes", label),
                None => shown(ui, "Asked", "What is to be told", "the next character"),
            }
        }
    }
    if !spec.group.is_empty() {
        let hover = "The columns that tell series apart; no window crosses from one into another";
        shown(ui, "Group", hover, &spec.group.join(", "));
    }
}

fn sequences(ui: &mut Ui, session: &Session, csv: &CsvData, commands: &mut Vec<Command>) {
    let spec = &csv.sequences;
    numbers_of(ui, spec, commands);
    if !matches!(spec.asked, Asked::Symbols { .. }) {
        let options = Scale::ALL.map(|scale| Choice::new(scale, scale.name(), scale.phrase()));
        let hover = "How numbers are scaled for the network; measured on the training part, undone in every plot and file";
        choice(ui, "Scale", hover, spec.scale, &options, |scale: Scale| {
            commands.push(set("data.scale", Setting::Text(scale.name().into())));
        });
        let options =
            Missing::ALL.map(|missing| Choice::new(missing, missing.name(), missing.phrase()));
        let hover = "What becomes of missing values among the columns in use";
        choice(
            ui,
            "Missing",
            hover,
            spec.missing,
            &options,
            |missing: Missing| {
                commands.push(set("data.missing", Setting::Text(missing.name().into())));
            },
        );
    }
    test_part(ui, &spec.test, commands);
    if matches!(spec.asked, Asked::Forecast { .. }) {
        let snapshot = session.snapshot();
        let fitted = snapshot.and_then(|snapshot| snapshot.material.baselines.as_deref());
        baseline(ui, session, fitted, commands);
    }
}

/// Which lags the autoregression has that forecasts are held against.
#[derive(Clone, Copy, PartialEq)]
enum ArLags {
    Bic,
    Aic,
    UpTo,
    These,
    Off,
}

/// What forecasts are held against; `fitted` is what they are held against now.
fn baseline(
    ui: &mut Ui,
    session: &Session,
    fitted: Option<&Baselines>,
    commands: &mut Vec<Command>,
) {
    let spec = &session.experiment().baseline;
    let now = match &spec.lags {
        Lags::Chosen(Criterion::Bic) => ArLags::Bic,
        Lags::Chosen(Criterion::Aic) => ArLags::Aic,
        Lags::UpTo(_) => ArLags::UpTo,
        Lags::These(_) => ArLags::These,
        Lags::Off => ArLags::Off,
    };
    let options = [
        Choice::new(
            ArLags::Bic,
            "by BIC",
            "Lags 1 to p, p chosen by Schwarz's criterion",
        ),
        Choice::new(
            ArLags::Aic,
            "by AIC",
            "Lags 1 to p, p chosen by Akaike's criterion",
        ),
        Choice::new(ArLags::UpTo, "1 to p", "Lags 1 to p, with a p of your own"),
        Choice::new(ArLags::These, "single lags", "Any lags of your own"),
        Choice::new(ArLags::Off, "off", "No autoregression"),
    ];
    let hover = "The autoregression that forecasts are held against, fitted on the training part";
    choice(ui, "AR lags", hover, now, &options, |lags| {
        let text = |text: &str| Setting::Text(text.into());
        let value = match lags {
            ArLags::Bic => text("bic"),
            ArLags::Aic => text("aic"),
            ArLags::UpTo => Setting::Whole(9),
            ArLags::These => list(present(spec, fitted)),
            ArLags::Off => text("off"),
        };
        commands.push(set("baseline.ar", value));
    });
    match &spec.lags {
        Lags::UpTo(order) => {
            let hover = "How many rows back the autoregression reads";
            let order = order.to_string();
            number_field(ui, "Order", Some("lags"), hover, &order, |value| {
                commands.push(set("baseline.ar", value));
            });
        }
        Lags::These(now) => {
            let hover = "Which rows back the autoregression reads: numbers and ranges between commas, such as 1, 2, 9 or 1-9";
            let read = |text: &str| -> Result<Vec<usize>, String> {
                let lags = lags::parse(text).map_err(|error| error.to_string())?;
                let taken = spec.method.takes(&lags);
                taken.map(|()| lags).map_err(|error| error.to_string())
            };
            let now = lags::written(now);
            read_field(ui, session.name(), "Lags", hover, &now, read, |lags| {
                commands.push(set("baseline.ar", list(lags)));
            });
        }
        Lags::Chosen(_) => {
            let hover = "The most lags that the criterion tries";
            let largest = spec.largest.to_string();
            number_field(ui, "Up to", Some("lags"), hover, &largest, |value| {
                commands.push(set("baseline.largest", value));
            });
        }
        Lags::Off => {}
    }
    if spec.lags != Lags::Off {
        method(ui, spec, commands);
    }
    let usual = match fitted.map_or(0, Baselines::usual_season) {
        0 => "none".to_owned(),
        rows => rows.to_string(),
    };
    let hover = "Rows until a season comes back, for the seasonal naive forecast; 0 for none. Left empty, the time column tells";
    let now = spec.season.map_or(String::new(), |rows| rows.to_string());
    optional_field(ui, "Season", Some("rows"), hover, &now, &usual, |value| {
        commands.push(set("baseline.season", value));
    });
}

/// How the autoregression is fitted.
fn method(ui: &mut Ui, spec: &BaselineSpec, commands: &mut Vec<Command>) {
    let lags = match &spec.lags {
        Lags::These(lags) => &lags[..],
        Lags::Chosen(_) | Lags::UpTo(_) | Lags::Off => &[],
    };
    let refused = Method::ALL.map(|method| {
        let taken = method.takes(lags);
        taken.err().map(|error| format!("AR lags: {error}"))
    });
    let options: Vec<Choice<Method>> = Method::ALL
        .into_iter()
        .zip(&refused)
        .map(|(method, refused)| {
            let choice = Choice::new(method, method.title(), method.phrase());
            choice.unless(refused.as_deref())
        })
        .collect();
    let hover = "How the autoregression is fitted";
    choice(ui, "AR method", hover, spec.method, &options, |method| {
        let name = Setting::Text(method.name().into());
        commands.push(set("baseline.method", name));
    });
}

/// The lags to begin with where one chooses them singly: those there are.
fn present(spec: &BaselineSpec, fitted: Option<&Baselines>) -> Vec<usize> {
    let fitted = fitted.and_then(|fitted| fitted.autoregression(0));
    let lags = match (&spec.lags, fitted) {
        (Lags::UpTo(order), _) => all_lags(*order),
        (Lags::Chosen(_), Some(model)) => model.lags.clone(),
        _ => Vec::new(),
    };
    if lags.is_empty() { vec![1] } else { lags }
}

fn list(lags: Vec<usize>) -> Setting {
    let whole = |lag| Setting::Whole(i64::try_from(lag).unwrap_or(i64::MAX));
    Setting::List(lags.into_iter().map(whole).collect())
}

/// Window, horizon and steps.
fn numbers_of(ui: &mut Ui, spec: &SequenceSpec, commands: &mut Vec<Command>) {
    let mut field = |ui: &mut Ui, label: &str, key: &str, unit: &str, hover: &str, value: usize| {
        number_field(ui, label, Some(unit), hover, &value.to_string(), |value| {
            commands.push(set(&format!("data.{key}"), value));
        });
    };
    match &spec.asked {
        Asked::Forecast {
            window,
            horizon,
            steps,
            ..
        } => {
            let hover = "How many steps a sequence has";
            field(ui, "Window", "window", "rows in", hover, *window);
            let hover = "How far ahead the first forecast row lies";
            field(ui, "Horizon", "horizon", "ahead", hover, *horizon);
            let hover = "How many rows are forecast at once from there on: direct multi-step, an output for each";
            field(ui, "Steps", "steps", "at once", hover, *steps);
        }
        Asked::Classify { window, .. } if spec.group.is_empty() => {
            let hover = "How many steps a sequence has";
            field(ui, "Window", "window", "rows in", hover, *window);
        }
        Asked::Classify { .. } | Asked::Symbols { .. } => {}
    }
}

fn test_part(ui: &mut Ui, test: &TestFrom, commands: &mut Vec<Command>) {
    let from = match test {
        TestFrom::Label(label) => label.clone(),
        TestFrom::Fraction(share) => share.to_string(),
        TestFrom::Groups(groups) => {
            shown(
                ui,
                "Test groups",
                "The groups kept back for testing",
                &groups.join(", "),
            );
            return;
        }
    };
    let hover = "The time of the first test target, or a share between 0 and 1. Everything before is for training; scaling is \
                 fitted there alone";
    field_row(ui, "Test from", None, hover, |ui| {
        if let Some(text) = text_field(ui, "Test from", &from, "", 104.0) {
            let share = text
                .parse::<f64>()
                .ok()
                .filter(|share| *share > 0.0 && *share < 1.0);
            let value = share.map_or_else(|| Setting::Text(text.trim().into()), Setting::Number);
            commands.push(set("data.test_from", value));
        }
    });
}

fn text(ui: &mut Ui, text: &TextData, commands: &mut Vec<Command>) {
    file(ui, &text.path);
    shown(ui, "Asked", "What is to be told", "the next character");
    let length = text.spec.length.to_string();
    let hover = "How many characters a sequence has";
    number_field(ui, "Length", Some("steps"), hover, &length, |value| {
        commands.push(set("data.length", value));
    });
    let share = text.spec.test.to_string();
    let hover = "The share of the text, from its end, that is kept back";
    number_field(ui, "Test from", Some("share"), hover, &share, |value| {
        commands.push(set("data.test_from", value));
    });
}

fn file(ui: &mut Ui, path: &str) {
    shown(ui, "File", path, path);
}

/// A row that says something and changes nothing.
fn shown(ui: &mut Ui, label: &str, hover: &str, value: &str) {
    field_row(ui, label, None, hover, |ui| {
        ui.add(egui::Label::new(value).truncate())
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Experiment;

    #[test]
    fn what_is_forecast_is_told_from_the_first_to_the_last_row() {
        let told = |more: &str| {
            let text = format!(
                "format = 1\n[data]\ncsv = \"a.csv\"\nfeatures = [\"a\"]\ntarget = \"a\"\nwindow = 36\ntest_from = 0.2\n{more}\n[model]\ncell = \"gru\"\n"
            );
            match Experiment::parse(&text).unwrap().data {
                Data::Csv(csv) => in_short(&csv),
                Data::Task(_) | Data::Text(_) => String::new(),
            }
        };
        assert_eq!(told(""), "36 in, 1 ahead");
        assert_eq!(told("horizon = 3"), "36 in, 3 ahead");
        assert_eq!(told("steps = 12"), "36 in, 1 to 12 ahead");
        assert_eq!(told("horizon = 3\nsteps = 2"), "36 in, 3 to 4 ahead");
    }
}
