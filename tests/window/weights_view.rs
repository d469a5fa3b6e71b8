//! A file of weights dropped on the window: what does not fit is told where the user is looking, and costs nothing.

use crate::common::{SIZE, drop_on, file, opening, session, settle, shows, snapshot};
use eframe::egui::Theme;
use egui_kittest::kittest::Queryable;
use rnnscope::session::Origin;
use std::path::Path;

fn fixture(name: &str) -> std::path::PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights");
    fixtures.join(name)
}

/// The same words as on the command line, beside the network, which stays as it was.
#[test]
fn weights_that_do_not_fit_change_nothing_and_those_that_fit_are_begun_from() {
    let experiment = fixture("weights.toml");
    let mut window = opening(Some(Origin::File(experiment)), SIZE, Theme::Light);
    settle(&mut window);
    let before = snapshot(&window);
    for (name, parts) in [
        (
            "two_layers.safetensors",
            &[
                "The weights in two_layers.safetensors do not fit this network",
                "lstm.weight_hh_l1 [32, 8]",
                "set num_layers = 2",
            ][..],
        ),
        (
            "encoder_and_decoder.safetensors",
            &["encoder.lstm. (LSTM 1×8, fits)", "--prefix decoder.lstm."],
        ),
        (
            "pointer.safetensors",
            &[
                "pointer.safetensors cannot be opened",
                "found a Git LFS pointer",
            ],
        ),
    ] {
        drop_on(&mut window, fixture(name));
        settle(&mut window);
        assert!(session(&window).import().is_none(), "{name} is no table");
        for part in parts {
            assert!(shows(&window, part), "“{part}” is not shown of {name}");
        }
        assert_eq!(
            snapshot(&window).model.parameters(),
            before.model.parameters()
        );
    }
    let pickle = file(
        "weights-view",
        "model.pt",
        b"PK\x03\x04 and what torch.save writes",
    );
    drop_on(&mut window, pickle);
    settle(&mut window);
    assert!(shows(&window, "found a zip archive, as torch.save writes"));
    window.get_by_label("Dismiss").click();
    settle(&mut window);
    assert!(!shows(&window, "model.pt cannot be opened"));

    drop_on(&mut window, fixture("no_bias.safetensors"));
    settle(&mut window);
    // What fits is under the lens, and named in the text.
    assert_eq!(session(&window).message(), None);
    assert_ne!(
        snapshot(&window).model.parameters(),
        before.model.parameters()
    );
    let text = session(&window).text();
    assert!(text.contains("weights = { file = "), "{text}");
    let notices = snapshot(&window).material.notices.clone();
    assert!(
        notices
            .iter()
            .any(|notice| notice.contains("are absent and begin at 0")),
        "{notices:?}"
    );
}
