//! The arithmetic that everything else in [`nn`](crate::nn) calls: vector lanes, matrix products, reductions, own exp and tanh.
//!
//! One rule holds in this room: **a result does not depend on the machine**. Vector width is chosen at run time
//! ([`Lanes::detect`]) and changes speed only, because
//!
//! - each output of a matrix product sums over its inner index in order, each term by a fused multiply-add; lanes run over
//!   *outputs*, never over the inner index ([`product`]);
//! - reductions add in a fixed tree of [`reduce::WAYS`] partial sums whatever the width;
//! - exp, tanh and the logistic function are polynomials written here ([`Lane::exp`] …), never the system's library.
//!
//! Another is that **no operation meets a denormal number**, which some processors punish a hundredfold: what is stored is 0
//! below a [`Floor`]. The processor's own switch for that stays untouched, since it is not to be had everywhere and would
//! be another result.
//!
//! The plain path (one lane at a time, [`Lanes::plain`]) gives the same bits; tests compare the two.
//! There is no `unsafe` here: the `pulp` crate proves at run time that the processor has what the lanes use.

mod lane;
mod math;
pub mod product;
pub mod reduce;
pub mod row;

pub use lane::{Floor, Lane, Real};
pub use math::Functions;
use pulp::{Simd, WithSimd};

/// Which vector instructions to run on. Results are the same for every choice.
#[derive(Clone, Copy, Debug)]
pub struct Lanes(pulp::Arch);

impl Lanes {
    /// The widest that this processor has.
    pub fn detect() -> Self {
        Self(pulp::Arch::new())
    }

    /// One value at a time, as on a processor without vector instructions.
    pub fn plain() -> Self {
        Self(pulp::Arch::Scalar)
    }

    /// All that this processor has, the plain path first, the widest last.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::plain()];
        #[cfg(target_arch = "x86_64")]
        all.extend(pulp::x86::V3::try_new().map(|simd| Self(pulp::Arch::V3(simd))));
        let widest = Self::detect();
        if all.iter().all(|lanes| lanes.name() != widest.name()) {
            all.push(widest);
        }
        all
    }

    /// The instruction set's name: `plain`, `AVX2`, `AVX-512`, or what the crate underneath calls it.
    pub fn name(self) -> String {
        match self.0 {
            pulp::Arch::Scalar => "plain".to_owned(),
            #[cfg(target_arch = "x86_64")]
            pulp::Arch::V3(_) => "AVX2".to_owned(),
            #[cfg(target_arch = "x86_64")]
            pulp::Arch::V4(_) => "AVX-512".to_owned(),
            #[allow(unreachable_patterns, reason = "other processors have others")]
            other => format!("{other:?}"),
        }
    }

    /// Runs `work` on these lanes.
    // Not inlined: the plain path would be, and make its callers slow.
    #[inline(never)]
    pub fn run<W: WithSimd>(self, work: W) -> W::Output {
        self.0.dispatch(work)
    }

    /// Runs elementwise `work` over all its units, full lanes first and what is left one unit at a time.
    #[inline]
    pub fn for_each_unit<W: Pointwise>(self, work: W) {
        self.for_units::<W::Scalar>(work.units())
            .run(ForEachUnit(work));
    }

    /// The lanes for so few units: on half as wide ones a small layer's go side by side, where they would not fill one.
    #[inline]
    fn for_units<T: Real>(self, units: usize) -> Self {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            pulp::Arch::V4(simd)
                if units % T::Lane::<pulp::x86::V4>::WIDTH >= T::Lane::<pulp::x86::V3>::WIDTH
                    && units < 4 * T::Lane::<pulp::x86::V4>::WIDTH =>
            {
                Self(pulp::Arch::V3(*simd))
            }
            _ => self,
        }
    }
}

/// Elementwise work over some units that is written once for a vector of units and for a single one.
pub trait Pointwise {
    /// The precision it works in.
    type Scalar: Real;

    /// How many units there are.
    fn units(&self) -> usize;

    /// Does the units from `unit` to `unit + L::WIDTH`.
    ///
    /// Implementations are `#[inline(always)]`, so that they are compiled for the lanes they run on.
    fn at<L: Lane<Scalar = Self::Scalar>>(&mut self, token: L::Token, unit: usize);
}

/// Puts 0 in place of what is smaller than the floor.
pub fn flush<T: Real>(lanes: Lanes, floor: Floor, values: &mut [T]) {
    lanes.for_each_unit(Flush { floor, values });
}

struct Flush<'a, T> {
    floor: Floor,
    values: &'a mut [T],
}

impl<T: Real> Pointwise for Flush<'_, T> {
    type Scalar = T;

    fn units(&self) -> usize {
        self.values.len()
    }

    #[inline(always)]
    fn at<L: Lane<Scalar = T>>(&mut self, token: L::Token, unit: usize) {
        let values = L::load(token, &self.values[unit..]);
        values.flush(self.floor).store(&mut self.values[unit..]);
    }
}

struct ForEachUnit<W>(W);

impl<W: Pointwise> WithSimd for ForEachUnit<W> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        row::each_unit(simd, self.0);
    }
}
