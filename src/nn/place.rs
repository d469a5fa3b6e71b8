//! Where in a stack something stands: a layer, and the direction in which it reads time.

/// The direction in which a scan goes through time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Direction {
    /// From the first step to the last.
    Forward,
    /// From the last valid step to the first (Schuster & Paliwal 1997).
    Reverse,
}

impl Direction {
    /// Both, in PyTorch's order.
    pub const ALL: [Direction; 2] = [Direction::Forward, Direction::Reverse];

    /// The name in files and lessons.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Forward => "forward",
            Direction::Reverse => "reverse",
        }
    }

    /// The direction called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|direction| direction.name() == name)
    }

    /// The array index of the scan's `k`-th step of `seq_len`, both from 0.
    pub fn step(self, k: usize, seq_len: usize) -> usize {
        match self {
            Direction::Forward => k,
            Direction::Reverse => seq_len - 1 - k,
        }
    }

    /// The array index of the step that the scan makes before step `t`; `None` where it begins.
    pub fn previous(self, t: usize, seq_len: usize) -> Option<usize> {
        match self {
            Direction::Forward => t.checked_sub(1),
            Direction::Reverse => Some(t + 1).filter(|&t| t < seq_len),
        }
    }

    /// The array index of the step that the scan makes after step `t`; `None` where it ends.
    pub fn next(self, t: usize, seq_len: usize) -> Option<usize> {
        match self {
            Direction::Forward => Direction::Reverse.previous(t, seq_len),
            Direction::Reverse => Direction::Forward.previous(t, seq_len),
        }
    }
}

/// One scan of a stack: a layer in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The layer, from 0 at the input.
    pub layer: usize,
    /// The direction.
    pub direction: Direction,
}

impl Place {
    /// The first layer's forward scan, which every stack has.
    pub const FIRST: Place = Place::forward(0);

    /// The forward scan of a layer.
    pub const fn forward(layer: usize) -> Self {
        Self {
            layer,
            direction: Direction::Forward,
        }
    }

    /// The end of its parameters' names: `l0`, `l0_reverse`.
    pub fn suffix(self) -> String {
        match self.direction {
            Direction::Forward => format!("l{}", self.layer),
            Direction::Reverse => format!("l{}_reverse", self.layer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_are_each_others_mirror() {
        let steps = |direction: Direction| (0..4).map(|k| direction.step(k, 4)).collect::<Vec<_>>();
        assert_eq!(steps(Direction::Forward), [0, 1, 2, 3]);
        assert_eq!(steps(Direction::Reverse), [3, 2, 1, 0]);
        for direction in Direction::ALL {
            assert_eq!(direction.previous(direction.step(0, 4), 4), None);
            assert_eq!(direction.next(direction.step(3, 4), 4), None);
            for k in 1..4 {
                let (before, now) = (direction.step(k - 1, 4), direction.step(k, 4));
                assert_eq!(direction.previous(now, 4), Some(before));
                assert_eq!(direction.next(before, 4), Some(now));
            }
        }
    }
}
