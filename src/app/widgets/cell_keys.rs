//! The keys of a matrix of units × time: up and down move from unit to unit, Enter asks about a cell.
//!
//! Left and right stay what they are everywhere: they move the shared cursor, whose column is the cell's.

use eframe::egui::{EventFilter, Key, Modifiers, Response, Ui};

/// The cell that keys move, at the column of the shared cursor.
#[derive(Clone, Copy, Debug)]
pub struct CellKeys<'a> {
    /// Its unit.
    pub unit: usize,
    /// In which order units run down, each once; as they are numbered if `None`.
    pub order: Option<&'a [usize]>,
    /// What a screen reader says of it: the quantity, the unit, the step and the value.
    pub said: &'a str,
}

/// What keys did in this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct KeysResponse {
    /// The unit that was moved to.
    pub unit: Option<usize>,
    /// Whether the cell was asked about.
    pub asked: bool,
}

impl CellKeys<'_> {
    /// Takes the keys if `response` has the focus, and brings it into sight when it gets that.
    pub fn take(self, ui: &Ui, response: &Response, units: usize) -> KeysResponse {
        let last = units.checked_sub(1);
        let Some(last) = last.filter(|_| response.has_focus()) else {
            return KeysResponse::default();
        };
        if response.gained_focus() {
            response.scroll_to_me(None);
        }
        // No arrow moves the focus away.
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let order = self.order.filter(|order| order.len() == units);
        let row = order.map_or(Some(self.unit), |order| {
            order.iter().position(|&unit| unit == self.unit)
        });
        let row = row.unwrap_or(0).min(last);
        let to = if pressed(Key::ArrowDown) {
            Some((row + 1).min(last))
        } else if pressed(Key::ArrowUp) {
            Some(row.saturating_sub(1))
        } else {
            None
        };
        let unit = |row: usize| order.map_or(Some(row), |order| order.get(row).copied());
        KeysResponse {
            unit: to.and_then(unit),
            asked: pressed(Key::Enter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::accesskit::Role;
    use eframe::egui::{Sense, WidgetInfo, vec2};
    use egui_kittest::{Harness, kittest::Queryable};

    #[test]
    fn up_and_down_walk_through_the_order_and_enter_asks() {
        let state = (3_usize, 0_usize);
        let mut harness = Harness::builder().build_ui_state(
            |ui, (unit, asked): &mut (usize, usize)| {
                let (_, response) = ui.allocate_exact_size(vec2(80.0, 40.0), Sense::click());
                response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "map"));
                let keys = CellKeys {
                    unit: *unit,
                    order: Some(&[3, 0, 2, 1]),
                    said: "map",
                };
                let done = keys.take(ui, &response, 4);
                *unit = done.unit.unwrap_or(*unit);
                *asked += usize::from(done.asked);
                let _ = ui.button("another");
            },
            state,
        );
        harness.run();
        harness.key_press(Key::ArrowDown);
        harness.run();
        assert_eq!(*harness.state(), (3, 0), "without the focus nothing moves");
        harness.get_by_label("map").focus();
        harness.run();
        for (key, expected) in [
            (Key::ArrowUp, 3),
            (Key::ArrowDown, 0),
            (Key::ArrowDown, 2),
            (Key::ArrowDown, 1),
            (Key::ArrowDown, 1),
            (Key::ArrowUp, 2),
            (Key::ArrowRight, 2),
        ] {
            harness.key_press(key);
            harness.run();
            assert_eq!(harness.state().0, expected, "{key:?}");
        }
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(*harness.state(), (2, 1));
    }
}
