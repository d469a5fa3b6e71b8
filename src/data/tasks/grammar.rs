//! Reber's grammar, embedded in itself, and what the best guesses about its strings cost.
//!
//! Strings are walks through a graph: each edge shows a symbol, and where two edges leave a state, both are equally likely.
//! Reber's own grammar (1967, “Implicit Learning of Artificial Grammars”), its states numbered:
//!
//! | from | edges |
//! | --- | --- |
//! | 0 | B to 1 |
//! | 1 | T to 2, P to 3 |
//! | 2 | S to 2, X to 4 |
//! | 3 | T to 3, V to 5 |
//! | 4 | X to 3, S to 6 |
//! | 5 | P to 4, V to 6 |
//! | 6 | E to the end |
//!
//! Embedded: B, then T or P, then a string of Reber's, then the same T or P again, then E. To know the last but one symbol
//! one must remember the second.

use super::{Stream, symbols};

/// The symbols.
pub(super) const SYMBOLS: [&str; 7] = ["B", "T", "P", "S", "X", "V", "E"];
const B: usize = 0;
const T: usize = 1;
const P: usize = 2;
const S: usize = 3;
const X: usize = 4;
const V: usize = 5;
const E: usize = 6;

/// Edges of Reber's grammar by state: symbol and next state.
const REBER: [&[(usize, usize)]; 7] = [
    &[(B, 1)],
    &[(T, 2), (P, 3)],
    &[(S, 2), (X, 4)],
    &[(T, 3), (V, 5)],
    &[(X, 3), (S, 6)],
    &[(P, 4), (V, 6)],
    &[(E, 7)],
];

/// Symbols of the shortest embedded string, B T B T X S E T E.
pub(super) const SHORTEST: usize = 9;

/// The embedded grammar as a random walk.
pub(super) struct Walk {
    /// By state: symbol and next state. The first state is the start of a string.
    edges: Vec<Vec<(usize, usize)>>,
    /// By how many symbols may still follow, and by state: the probability that the string ends within them. Empty for an
    /// endless walk, where the end of a string is the start of the next.
    ends: Vec<Vec<f64>>,
}

const START: usize = 0;
const END: usize = 1;

impl Walk {
    /// Strings one after the other, without end.
    pub(super) fn endless() -> Self {
        let mut edges = embedded();
        // What leads to the end leads to the start.
        for (_, next) in edges.iter_mut().flatten() {
            if *next == END {
                *next = START;
            }
        }
        Self {
            edges,
            ends: Vec::new(),
        }
    }

    /// Single strings, under the condition that they have at most `longest` symbols.
    pub(super) fn of_strings(longest: usize) -> Self {
        let edges = embedded();
        let mut ends = vec![vec![0.0; edges.len()]];
        ends[0][END] = 1.0;
        for left in 0..longest {
            let within = |state: usize| -> f64 {
                let next: &[(usize, usize)] = &edges[state];
                let sum: f64 = next.iter().map(|&(_, next)| ends[left][next]).sum();
                if state == END {
                    1.0
                } else {
                    sum / next.len() as f64
                }
            };
            let row = (0..edges.len()).map(within).collect();
            ends.push(row);
        }
        Self { edges, ends }
    }

    /// What may come next in `state` when at most `left` symbols may: symbol, next state and probability.
    fn choices(&self, state: usize, left: usize) -> Vec<(usize, usize, f64)> {
        let ending = |next: usize| match left.checked_sub(1).and_then(|left| self.ends.get(left)) {
            Some(ends) => ends[next],
            None => 1.0,
        };
        let all: f64 = self.edges[state]
            .iter()
            .map(|&(_, next)| ending(next))
            .sum();
        self.edges[state]
            .iter()
            .map(|&(symbol, next)| (symbol, next, ending(next) / all))
            .filter(|&(.., p)| p > 0.0)
            .collect()
    }

    /// The symbols of a walk, at most `longest`.
    pub(super) fn draw(&self, longest: usize, stream: &mut Stream) -> Vec<usize> {
        let mut state = START;
        let mut drawn = Vec::new();
        while drawn.len() < longest && state != END {
            let choices = self.choices(state, longest - drawn.len());
            let mut rest = stream.uniform(0.0, 1.0);
            // The last choice takes what rounding leaves over.
            let chosen = choices.iter().position(|&(.., p)| {
                rest -= p;
                rest < 0.0
            });
            let Some(&(symbol, next, _)) = chosen.map(|at| &choices[at]).or(choices.last()) else {
                break;
            };
            drawn.push(symbol);
            state = next;
        }
        drawn
    }

    /// The mean loss per step in nats of guessing each symbol of a walk but the first, at most `longest` symbols: by one who
    /// knows only the step, and by one who knows all symbols before and the grammar. `share` says of how many walks, in any
    /// unit, the guess at a step (from 0) is asked for.
    pub(super) fn losses(&self, longest: usize, share: impl Fn(usize) -> f64) -> (f64, f64) {
        let mut steps = Vec::with_capacity(longest);
        let (mut known, mut count) = (0.0, 0.0);
        let mut at = vec![0.0; self.edges.len()];
        at[START] = 1.0;
        for place in 0..longest {
            // The first symbol is given, the second is asked for at step 0.
            let share = place.checked_sub(1).map_or(0.0, &share);
            let mut counts = [0.0; SYMBOLS.len()];
            let mut after = vec![0.0; self.edges.len()];
            for (state, &here) in at.iter().enumerate() {
                if here == 0.0 || state == END {
                    continue;
                }
                count += share * here;
                for (symbol, next, p) in self.choices(state, longest - place) {
                    after[next] += here * p;
                    counts[symbol] += share * here * p;
                    known += share * here * symbols::surprise(p);
                }
            }
            steps.push(counts);
            at = after;
        }
        (symbols::loss_by_step(steps), known / count)
    }
}

/// The embedded grammar: start and end, the choice of T or P and the last E, and Reber's grammar twice.
fn embedded() -> Vec<Vec<(usize, usize)>> {
    const CHOICE: usize = 2;
    const LAST: usize = 3;
    // The first of the seven states of Reber's grammar, and after them one more, where the second symbol comes again.
    const INNER: [(usize, usize); 2] = [(T, 4), (P, 12)];
    let mut edges = vec![
        vec![(B, CHOICE)],
        Vec::new(),
        INNER.map(|(symbol, first)| (symbol, first)).to_vec(),
        vec![(E, END)],
    ];
    for (symbol, first) in INNER {
        for state in REBER {
            let moved = state.iter().map(|&(symbol, next)| (symbol, first + next));
            edges.push(moved.collect());
        }
        edges.push(vec![(symbol, LAST)]);
    }
    edges
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Reads a string by the rules as a person would and says how many symbols were a free choice; `None` if it is not of
    /// the embedded grammar. `start` is the place of its B; the place after its E comes back too.
    pub(in super::super) fn parse(string: &[u8], start: usize) -> Option<(usize, usize)> {
        let symbol = |at: usize| string.get(at).copied();
        let (mut at, mut free) = (start, 0);
        let second = symbol(at + 1)?;
        if symbol(at) != Some(b'B') || !b"TP".contains(&second) || symbol(at + 2) != Some(b'B') {
            return None;
        }
        free += 2;
        at += 4;
        let mut upper = match symbol(at - 1)? {
            b'T' => true,
            b'P' => false,
            _ => return None,
        };
        if upper {
            while symbol(at)? == b'S' {
                (at, free) = (at + 1, free + 1);
            }
            free += 1;
            (symbol(at)? == b'X').then_some(())?;
            at += 1;
        }
        loop {
            free += 1;
            if upper {
                // After X: S leads out, X down.
                at += 1;
                match symbol(at - 1)? {
                    b'S' => break,
                    b'X' => upper = false,
                    _ => return None,
                }
                continue;
            }
            // Down: T as often as wanted, V, then V leads out and P up.
            while symbol(at)? == b'T' {
                (at, free) = (at + 1, free + 1);
            }
            (symbol(at)? == b'V').then_some(())?;
            free += 1;
            at += 2;
            match symbol(at - 1)? {
                b'V' => break,
                b'P' => upper = true,
                _ => return None,
            }
        }
        let rest = [b'E', second, b'E'];
        (string.get(at..at + 3)? == rest).then_some((free, at + 3))
    }

    pub(in super::super) fn spelt(symbols: &[usize]) -> Vec<u8> {
        symbols
            .iter()
            .flat_map(|&symbol| SYMBOLS[symbol].bytes())
            .collect()
    }

    #[test]
    fn strings_obey_the_grammar_and_the_limit() {
        let mut stream = Stream::new(3, "data");
        for longest in [SHORTEST, 12, 60] {
            let walk = Walk::of_strings(longest);
            for _ in 0..500 {
                let string = spelt(&walk.draw(longest, &mut stream));
                assert!(string.len() <= longest);
                let read = parse(&string, 0).map(|(_, end)| end);
                assert_eq!(
                    read,
                    Some(string.len()),
                    "{}",
                    String::from_utf8_lossy(&string)
                );
            }
        }
        assert!(parse(b"BTBTXSEPE", 0).is_none());
        assert!(parse(b"BTBTSVETE", 0).is_none());
    }

    #[test]
    fn a_short_limit_leaves_the_strings_it_has_room_for_in_proportion() {
        // Of nine symbols there are four: B x B TXS E x E and B x B PVV E x E, each as likely as any other.
        let walk = Walk::of_strings(SHORTEST);
        let mut stream = Stream::new(3, "data");
        let mut counts = std::collections::BTreeMap::new();
        for _ in 0..4_000 {
            *counts
                .entry(spelt(&walk.draw(SHORTEST, &mut stream)))
                .or_insert(0_usize) += 1;
        }
        assert_eq!(counts.len(), 4);
        // Four standard errors: 4 √(4000 · 3/16) = 110.
        assert!(
            counts.values().all(|count| count.abs_diff(1_000) <= 110),
            "{counts:?}"
        );
    }
}
