//! A number type that computes as `f32` or `f64` and counts what a processor may punish: operations with a denormal operand
//! or a denormal result. It also stands for vectors of any width on any processor: a lane is `WIDE` numbers, one by one.

use pulp::{Scalar, Simd};
use rnnscope::nn::Real;
use rnnscope::nn::kernel::Lane;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// What was computed on this thread.
#[derive(Clone, Debug, Default)]
pub struct Count {
    /// All operations.
    pub operations: u64,
    /// Those with a denormal number in or out; a product or quotient that is too small even for one is among them.
    pub denormal: u64,
    /// The first of them, in words.
    pub examples: Vec<String>,
}

thread_local! {
    static OPERATIONS: Cell<u64> = const { Cell::new(0) };
    /// Without the number of operations, which is told apart as it changes so often.
    static COUNT: RefCell<Count> = RefCell::default();
}

/// What `work` computes.
pub fn count<T>(work: impl FnOnce() -> T) -> Count {
    OPERATIONS.set(0);
    COUNT.take();
    work();
    Count {
        operations: OPERATIONS.get(),
        ..COUNT.take()
    }
}

/// `F`, counted; a full lane holds `WIDE` of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted<F, const WIDE: usize>(pub F);

fn is_denormal<F: Real>(x: F) -> bool {
    let smallest = if F::SINGLE {
        f64::from(f32::MIN_POSITIVE)
    } else {
        f64::MIN_POSITIVE
    };
    x.widen() != 0.0 && x.widen().abs() < smallest
}

/// Counts an operation and gives its result; `lost` says whether it is 0 only because it is too small.
fn counted<F: Real>(name: &str, operands: &[F], result: F, lost: bool) -> F {
    OPERATIONS.set(OPERATIONS.get() + 1);
    if lost || is_denormal(result) || operands.iter().any(|&x| is_denormal(x)) {
        note(name, operands, result);
    }
    result
}

#[cold]
fn note<F: Real>(name: &str, operands: &[F], result: F) {
    COUNT.with_borrow_mut(|count| {
        count.denormal += 1;
        if count.examples.len() < 5 {
            let example = format!("{name} of {operands:?} is {result:?}");
            count.examples.push(example);
        }
    });
}

fn is_zero<F: Real>(x: F) -> bool {
    x == F::ZERO
}

fn product<F: Real>(a: F, b: F) -> F {
    let result = a * b;
    let lost = is_zero(result) && !is_zero(a) && !is_zero(b);
    counted("product", &[a, b], result, lost)
}

fn quotient<F: Real>(a: F, b: F) -> F {
    let result = a / b;
    let lost = is_zero(result) && !is_zero(a) && b.is_finite();
    counted("quotient", &[a, b], result, lost)
}

fn product_and_sum<F: Real>(a: F, b: F, c: F) -> F {
    let result = F::mul_add(a, b, c);
    // 0 by right if a b = −c exactly: then what rounding takes from a b is 0 too.
    let rounded = a * b;
    let exact = rounded == -c && is_zero(F::mul_add(a, b, -rounded)) && !is_zero(c);
    let lost = is_zero(result) && !is_zero(a) && !is_zero(b) && !exact;
    counted("product and sum", &[a, b, c], result, lost)
}

impl<F: Real, const WIDE: usize> PartialOrd for Counted<F, WIDE> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.0.partial_cmp(&other.0)
    }
}
impl<F: Real, const WIDE: usize> Add for Counted<F, WIDE> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(counted("sum", &[self.0, other.0], self.0 + other.0, false))
    }
}
impl<F: Real, const WIDE: usize> AddAssign for Counted<F, WIDE> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
impl<F: Real, const WIDE: usize> Sub for Counted<F, WIDE> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        let difference = self.0 - other.0;
        Self(counted("difference", &[self.0, other.0], difference, false))
    }
}
impl<F: Real, const WIDE: usize> Mul for Counted<F, WIDE> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(product(self.0, other.0))
    }
}
impl<F: Real, const WIDE: usize> Div for Counted<F, WIDE> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        Self(quotient(self.0, other.0))
    }
}
impl<F: Real, const WIDE: usize> Neg for Counted<F, WIDE> {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl<F: Real, const WIDE: usize> Real for Counted<F, WIDE> {
    type Lane<S: Simd> = CountedLane<F, S, WIDE>;
    const ZERO: Self = Self(F::ZERO);
    const ONE: Self = Self(F::ONE);
    const NAME: &'static str = F::NAME;
    const SINGLE: bool = F::SINGLE;
    const MAGIC: f64 = F::MAGIC;

    fn of(value: f64) -> Self {
        Self(F::of(value))
    }
    fn widen(self) -> f64 {
        self.0.widen()
    }
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(product_and_sum(self.0, factor.0, term.0))
    }
    fn sqrt(self) -> Self {
        Self(counted("root", &[self.0], self.0.sqrt(), false))
    }
    fn is_finite(self) -> bool {
        self.0.is_finite()
    }
}

/// The first `WIDTH` of `WIDE` numbers: one on the plain path, all of them on any other.
#[derive(Clone, Copy)]
pub struct CountedLane<F, S, const WIDE: usize>(S, [Counted<F, WIDE>; WIDE]);

impl<F: Real, S: Simd, const WIDE: usize> CountedLane<F, S, WIDE> {
    fn each(
        self,
        other: Self,
        compute: impl Fn(Counted<F, WIDE>, Counted<F, WIDE>) -> Counted<F, WIDE>,
    ) -> Self {
        let mut values = [Counted::ZERO; WIDE];
        for (k, value) in values[..Self::WIDTH].iter_mut().enumerate() {
            *value = compute(self.1[k], other.1[k]);
        }
        Self(self.0, values)
    }
}

impl<F: Real, S: Simd, const WIDE: usize> Add for CountedLane<F, S, WIDE> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }
}
impl<F: Real, S: Simd, const WIDE: usize> Sub for CountedLane<F, S, WIDE> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.each(other, |a, b| a - b)
    }
}
impl<F: Real, S: Simd, const WIDE: usize> Mul for CountedLane<F, S, WIDE> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.each(other, |a, b| a * b)
    }
}
impl<F: Real, S: Simd, const WIDE: usize> Div for CountedLane<F, S, WIDE> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.each(other, |a, b| a / b)
    }
}
impl<F: Real, S: Simd, const WIDE: usize> Neg for CountedLane<F, S, WIDE> {
    type Output = Self;
    fn neg(self) -> Self {
        self.each(self, |a, _| -a)
    }
}

impl<F: Real, S: Simd, const WIDE: usize> Lane for CountedLane<F, S, WIDE> {
    type Scalar = Counted<F, WIDE>;
    type Token = S;
    const WIDTH: usize = if S::F64_LANES == 1 { 1 } else { WIDE };

    fn splat(token: S, value: Self::Scalar) -> Self {
        Self(token, [value; WIDE])
    }
    fn load(token: S, from: &[Self::Scalar]) -> Self {
        Self::load_some(token, &from[..Self::WIDTH])
    }
    fn store(self, into: &mut [Self::Scalar]) {
        self.store_some(&mut into[..Self::WIDTH]);
    }
    fn load_some(token: S, from: &[Self::Scalar]) -> Self {
        let mut values = [Counted::ZERO; WIDE];
        let many = from.len().min(Self::WIDTH);
        values[..many].copy_from_slice(&from[..many]);
        Self(token, values)
    }
    fn store_some(self, into: &mut [Self::Scalar]) {
        let many = into.len().min(Self::WIDTH);
        into[..many].copy_from_slice(&self.1[..many]);
    }
    fn token(self) -> S {
        self.0
    }
    fn mul_add(self, factor: Self, term: Self) -> Self {
        let mut sums = term;
        for (k, sum) in sums.1[..Self::WIDTH].iter_mut().enumerate() {
            *sum = Real::mul_add(self.1[k], factor.1[k], *sum);
        }
        sums
    }
    fn sqrt(self) -> Self {
        self.each(self, |a, _| Real::sqrt(a))
    }
    fn abs(self) -> Self {
        self.each(self, |a, _| Counted(if a.0 < F::ZERO { -a.0 } else { a.0 }))
    }
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        let mut chosen = otherwise;
        for (k, value) in chosen.1[..Self::WIDTH].iter_mut().enumerate() {
            if self.1[k].0 < bound.1[k].0 {
                *value = then.1[k];
            }
        }
        chosen
    }
    fn power_of_two<const MORE: i32>(self) -> Self {
        self.each(self, |a, _| {
            let mut power = [F::ZERO];
            let lane: F::Lane<Scalar> = a.0.lane();
            lane.power_of_two::<MORE>().store(&mut power);
            Counted(power[0])
        })
    }
}
