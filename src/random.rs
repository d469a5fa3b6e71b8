//! Randomness: one seed, named streams, the same numbers on every machine and in every version.
//!
//! An experiment has one `seed`. Everything random in it draws from a [`Stream`] of its own, named after what it is for
//! (`"init"`, `"data"`, `"batch order"`), so that a draw more in one place never shifts the numbers of another.
//! The generator is ChaCha with 8 rounds (Bernstein 2008), whose output is fixed by its specification; floating-point
//! values are made from its bits here, not by a library that may change how it does so.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// A named stream of random numbers.
///
/// Equal seeds and names give equal numbers, for ever:
///
/// ```
/// use rnnscope::random::Stream;
/// let (mut a, mut b) = (Stream::new(7, "data"), Stream::new(7, "data"));
/// assert_eq!(a.uniform(0.0, 1.0).to_bits(), b.uniform(0.0, 1.0).to_bits());
/// ```
#[derive(Clone, Debug)]
pub struct Stream(ChaCha8Rng);

/// Where a stream is: how many 32-bit words of it have been drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Position(u128);

impl Stream {
    /// The stream called `name` of the experiment whose seed is `seed`.
    pub fn new(seed: u64, name: &str) -> Self {
        // The key holds the seed and the name's FNV-1a hash (64 bits): two names meet with probability 2⁻⁶⁴.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&hash.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Where it is now.
    pub fn position(&self) -> Position {
        Position(self.0.get_word_pos())
    }

    /// Goes to where a stream of the same seed and name was.
    pub fn go_to(&mut self, position: Position) {
        self.0.set_word_pos(position.0);
    }

    /// A number in [0, 1), a multiple of 2⁻⁵³.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A number drawn evenly from [low, high).
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number drawn evenly from 0…`count` − 1.
    ///
    /// # Panics
    /// If `count` is zero.
    pub fn below(&mut self, count: usize) -> usize {
        assert!(count > 0, "a choice needs something to choose from");
        // Lemire 2019: the high half of a 64 × 64 bit product, redrawn in the few cases that would favour some values.
        let count = count as u64;
        let unfair = count.wrapping_neg() % count;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(count);
            if product as u64 >= unfair {
                return (product >> 64) as usize;
            }
        }
    }

    /// A number from the normal distribution with mean 0 and standard deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - self.unit()));
        radius * libm::cos(std::f64::consts::TAU * self.unit())
    }

    /// Puts `items` in random order (Fisher and Yates; Durstenfeld 1964).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_of_a_stream_never_change() {
        // Made by this code on 2026-11-22: a change here changes every experiment's result.
        let mut stream = Stream::new(7, "init");
        let drawn: Vec<u64> = (0..3).map(|_| stream.0.next_u64()).collect();
        assert_eq!(drawn, FIRST);
    }
    const FIRST: [u64; 3] = [
        10_496_044_316_808_720_942,
        16_934_626_710_031_631_990,
        6_648_903_402_464_410_074,
    ];

    #[test]
    fn a_stream_goes_on_from_where_another_one_was() {
        let mut stream = Stream::new(7, "data");
        for draws in [0, 1, 15, 16, 17, 1_000] {
            for _ in 0..draws {
                stream.normal();
            }
            let mut other = Stream::new(7, "data");
            other.go_to(stream.position());
            let mut same = stream.clone();
            assert!((0..40).all(|_| same.normal().to_bits() == other.normal().to_bits()));
        }
    }

    #[test]
    fn names_and_seeds_separate_streams() {
        let first = |seed, name| Stream::new(seed, name).uniform(0.0, 1.0);
        assert_ne!(first(7, "init"), first(7, "data"));
        assert_ne!(first(7, "init"), first(8, "init"));
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut stream = Stream::new(1, "moments");
        let draws: Vec<f64> = (0..20_000).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64;
        // Four standard errors: 4/√20000 and 4·√(2/20000).
        assert!(mean.abs() < 0.029, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.04, "variance {variance}");
        let mut counts = [0; 3];
        (0..30_000).for_each(|_| counts[stream.below(3)] += 1);
        assert!(
            counts
                .iter()
                .all(|&count| (count as f64 - 10_000.0).abs() < 330.0),
            "{counts:?}"
        );
    }
}
