//! A model's parameters as a table, as model summaries print them.

use super::ParameterEntry;
use std::fmt;

/// Every parameter with its shape and count. Displayed as aligned lines, the total last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterTable {
    /// In the model's order.
    pub rows: Vec<ParameterRow>,
    /// All counts together.
    pub total: usize,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterRow {
    /// PyTorch's name.
    pub name: String,
    /// Its shape, row-major.
    pub shape: Vec<usize>,
    /// How many values it has.
    pub count: usize,
}

/// The table of a network's parameters, of whatever kind.
pub fn parameter_table(entries: &[ParameterEntry]) -> ParameterTable {
    let rows: Vec<ParameterRow> = entries
        .iter()
        .map(|entry| ParameterRow {
            name: entry.name.clone(),
            shape: entry.shape.clone(),
            count: entry.range.len(),
        })
        .collect();
    let total = rows.iter().map(|row| row.count).sum();
    ParameterTable { rows, total }
}

impl fmt::Display for ParameterTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = grouped(self.total);
        let names = self.rows.iter().map(|row| row.name.len());
        let name_width = names.chain([5]).max().unwrap_or(0);
        let shapes: Vec<String> = self
            .rows
            .iter()
            .map(|row| {
                let axes: Vec<String> = row.shape.iter().map(usize::to_string).collect();
                axes.join(" × ")
            })
            .collect();
        let shape_width = shapes
            .iter()
            .map(|shape| shape.chars().count())
            .max()
            .unwrap_or(0);
        for (row, shape) in self.rows.iter().zip(&shapes) {
            writeln!(
                f,
                "{:name_width$}  {shape:shape_width$}  {:>count_width$}",
                row.name,
                grouped(row.count),
                count_width = total.len()
            )?;
        }
        write!(f, "{:name_width$}  {:shape_width$}  {total}", "total", "")
    }
}

/// 835584 as 835,584.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The entries of a recurrent network of PyTorch's, without a readout.
    fn entries(blocks: usize, input: usize, hidden: usize, layers: usize) -> Vec<ParameterEntry> {
        let mut entries = Vec::new();
        let mut start = 0;
        for layer in 0..layers {
            let below = if layer == 0 { input } else { 2 * hidden };
            for direction in ["", "_reverse"] {
                for (kind, shape) in [
                    ("weight_ih", vec![blocks * hidden, below]),
                    ("weight_hh", vec![blocks * hidden, hidden]),
                    ("bias_ih", vec![blocks * hidden]),
                    ("bias_hh", vec![blocks * hidden]),
                ] {
                    let range = start..start + shape.iter().product::<usize>();
                    start = range.end;
                    entries.push(ParameterEntry {
                        name: format!("{kind}_l{layer}{direction}"),
                        shape,
                        range,
                    });
                }
            }
        }
        entries
    }

    /// `sum(p.numel() for p in nn.LSTM(300, 128, num_layers=2, bidirectional=True).parameters())` in PyTorch 2.15, and the
    /// same for nn.GRU and nn.RNN.
    #[test]
    fn two_bidirectional_layers_have_as_many_parameters_as_pytorchs() {
        for (blocks, total) in [(4, 835_584), (3, 626_688), (1, 208_896)] {
            let table = parameter_table(&entries(blocks, 300, 128, 2));
            assert_eq!((table.rows.len(), table.total), (16, total));
        }
    }

    #[test]
    fn the_table_is_aligned_and_ends_with_the_total() {
        let table = parameter_table(&entries(4, 30, 8, 1)[..4]);
        let expected = "\
weight_ih_l0  32 × 30    960
weight_hh_l0  32 × 8     256
bias_ih_l0    32          32
bias_hh_l0    32          32
total                  1,280";
        assert_eq!(table.to_string(), expected);
        assert_eq!(parameter_table(&[]).to_string(), "total    0");
        assert_eq!(grouped(835_584_000), "835,584,000");
    }
}
