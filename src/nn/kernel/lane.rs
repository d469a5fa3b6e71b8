//! A lane: one value, or as many as the processor computes at once, behind the same operators.

use pulp::{Scalar, Simd, bytemuck};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub};

/// How small a stored number may be before it is 0, by what it is used for.
///
/// Vanishing gradients would fill the record with denormal numbers, and some processors take a hundred times as long for a
/// sum or a product that has one as operand or as result. So nothing is stored that could lead to one. What is multiplied
/// with what decides how small that is:
///
/// | floor | f32 | f64 | of |
/// | --- | --- | --- | --- |
/// | `Value` | 2⁻⁴⁰ ≈ 9e-13 | 2⁻⁸⁰ ≈ 8e-25 | inputs, parameters, sums, gates, states, attention weights, outputs |
/// | `Adjoint` | 2⁻⁸⁵ ≈ 3e-26 | 2⁻⁹⁴⁰ ≈ 1e-283 | adjoints and gradients: the smallest that can be seen |
/// | `Root` | 2⁻⁵⁰ ≈ 9e-16 | 2⁻⁴⁸⁰ ≈ 3e-145 | what is squared: a gradient in its norm and in an optimiser's moments |
/// | `Square` | 2⁻¹¹⁶ ≈ 1e-35 | 2⁻¹⁰⁰⁰ ≈ 9e-302 | an optimiser's mean of squares, in which each square has a share |
///
/// Value × value, adjoint × value and root × root are then normal numbers (the smallest are 2⁻¹²⁶ and 2⁻¹⁰²²), and so are
/// sums of stored numbers, which are whole multiples of the last place of the smallest that may be stored. A sum of
/// products falls lower only if terms at the floor cancel but for their last bits. `tests/denormals.rs` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Floor {
    /// Of everything on the way forward.
    Value,
    /// Of everything on the way back.
    Adjoint,
    /// Of what is squared.
    Root,
    /// Of means of squares.
    Square,
    /// None: of a sum that goes on.
    Open,
}

impl Floor {
    /// The smallest size that is no 0.
    pub const fn size<T: Real>(self) -> f64 {
        match (T::SINGLE, self) {
            (_, Floor::Open) => 0.0,
            (true, Floor::Value) => power(-40),
            (true, Floor::Adjoint) => power(-85),
            (true, Floor::Root) => power(-50),
            (true, Floor::Square) => power(-116),
            (false, Floor::Value) => power(-80),
            (false, Floor::Adjoint) => power(-940),
            (false, Floor::Root) => power(-480),
            (false, Floor::Square) => power(-1000),
        }
    }
}

/// 2 to the power of `exponent`, which is one of a normal f64.
const fn power(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// A floating-point type that networks can be computed in: `f32` or `f64`.
pub trait Real:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + AddAssign
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// This type's vector on the instruction set `S`.
    type Lane<S: Simd>: Lane<Scalar = Self, Token = S>;

    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;
    /// Whether it is the narrower of the two.
    const SINGLE: bool;
    /// 1.5 · 2^(mantissa bits): a small number added to it is rounded to a whole one, k, which then fills the lowest bits.
    const MAGIC: f64;

    /// The value nearest to `value`.
    fn of(value: f64) -> Self;
    /// The same of an input or a parameter: 0 below [`Floor::Value`].
    #[inline(always)]
    fn value_of(value: f64) -> Self {
        if value.abs() < Floor::Value.size::<Self>() {
            Self::ZERO
        } else {
            Self::of(value)
        }
    }
    /// The same value as f64, exactly.
    fn widen(self) -> f64;
    /// `self · factor + term` with one rounding.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Neither infinite nor not-a-number.
    fn is_finite(self) -> bool;

    /// 0 in place of what is smaller than the floor.
    #[inline(always)]
    fn flush(self, floor: Floor) -> Self {
        if self.widen().abs() < floor.size::<Self>() {
            Self::ZERO
        } else {
            self
        }
    }

    /// A single value as a lane of width one.
    #[inline(always)]
    fn lane(self) -> Self::Lane<Scalar> {
        Self::Lane::splat(Scalar::new(), self)
    }
}

/// `Lane::WIDTH` values of one [`Real`] type, computed elementwise.
pub trait Lane:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// The type of one value.
    type Scalar: Real;
    /// Proof that the processor has the instructions.
    type Token: Simd;
    /// How many values.
    const WIDTH: usize;

    /// Every value set to `value`.
    fn splat(token: Self::Token, value: Self::Scalar) -> Self;
    /// The first `WIDTH` values of `from`.
    fn load(token: Self::Token, from: &[Self::Scalar]) -> Self;
    /// Puts the values into the first `WIDTH` places of `into`.
    fn store(self, into: &mut [Self::Scalar]);
    /// What `from` holds, at most `WIDTH` values; 0 in place of those that it lacks.
    fn load_some(token: Self::Token, from: &[Self::Scalar]) -> Self;
    /// Puts as many values into `into` as it has room for.
    fn store_some(self, into: &mut [Self::Scalar]);
    /// The token it was made with.
    fn token(self) -> Self::Token;
    /// `self · factor + term` with one rounding.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// Without its sign.
    fn abs(self) -> Self;
    /// `then` where `self < bound`, `otherwise` elsewhere, also where one of them is not a number.
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self;
    /// 2 to the power of k + `MORE` where `self` is [`Real::MAGIC`] + k. The power is to be a whole number between the
    /// exponents of the smallest and largest normal value.
    fn power_of_two<const MORE: i32>(self) -> Self;

    /// The constant `value` beside this lane.
    #[inline(always)]
    fn constant(self, value: f64) -> Self {
        Self::splat(self.token(), Self::Scalar::of(value))
    }

    /// Zero in place of what is smaller than the floor.
    #[inline(always)]
    fn flush(self, floor: Floor) -> Self {
        let smallest = self.constant(floor.size::<Self::Scalar>());
        self.abs().if_less(smallest, self.constant(0.0), self)
    }
}

/// `S::f32s` with operators.
#[derive(Clone, Copy)]
pub struct SingleLane<S: Simd>(S, S::f32s);

/// `S::f64s` with operators.
#[derive(Clone, Copy)]
pub struct DoubleLane<S: Simd>(S, S::f64s);

/// Two lanes as one, for elementwise work: what is the same for all values, above all the constants of a polynomial, is read
/// once for both, which leaves a processor more room to look ahead.
#[derive(Clone, Copy)]
pub struct Pair<L>(L, L);

impl<L: Lane> Lane for Pair<L> {
    type Scalar = L::Scalar;
    type Token = L::Token;
    const WIDTH: usize = 2 * L::WIDTH;

    #[inline(always)]
    fn splat(token: L::Token, value: L::Scalar) -> Self {
        let both = L::splat(token, value);
        Self(both, both)
    }
    #[inline(always)]
    fn load(token: L::Token, from: &[L::Scalar]) -> Self {
        let (first, second) = from[..Self::WIDTH].split_at(L::WIDTH);
        Self(L::load(token, first), L::load(token, second))
    }
    #[inline(always)]
    fn store(self, into: &mut [L::Scalar]) {
        let (first, second) = into[..Self::WIDTH].split_at_mut(L::WIDTH);
        self.0.store(first);
        self.1.store(second);
    }
    #[inline(always)]
    fn load_some(token: L::Token, from: &[L::Scalar]) -> Self {
        let (first, second) = from.split_at(from.len().min(L::WIDTH));
        Self(L::load_some(token, first), L::load_some(token, second))
    }
    #[inline(always)]
    fn store_some(self, into: &mut [L::Scalar]) {
        let (first, second) = into.split_at_mut(into.len().min(L::WIDTH));
        self.0.store_some(first);
        self.1.store_some(second);
    }
    #[inline(always)]
    fn token(self) -> L::Token {
        self.0.token()
    }
    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(
            self.0.mul_add(factor.0, term.0),
            self.1.mul_add(factor.1, term.1),
        )
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt(), self.1.sqrt())
    }
    #[inline(always)]
    fn abs(self) -> Self {
        Self(self.0.abs(), self.1.abs())
    }
    #[inline(always)]
    fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
        Self(
            self.0.if_less(bound.0, then.0, otherwise.0),
            self.1.if_less(bound.1, then.1, otherwise.1),
        )
    }
    #[inline(always)]
    fn power_of_two<const MORE: i32>(self) -> Self {
        Self(self.0.power_of_two::<MORE>(), self.1.power_of_two::<MORE>())
    }
}

impl<L: Lane> Neg for Pair<L> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0, -self.1)
    }
}
impl<L: Lane> Add for Pair<L> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }
}
impl<L: Lane> Sub for Pair<L> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }
}
impl<L: Lane> Mul for Pair<L> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0, self.1 * other.1)
    }
}
impl<L: Lane> Div for Pair<L> {
    type Output = Self;
    #[inline(always)]
    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0, self.1 / other.1)
    }
}

/// The two implementations differ only in the names of pulp's methods, which a generic function cannot vary.
macro_rules! real_and_lane {
    ($real:ident, $bits:ident, $lane:ident, $vector:ident, $width:ident, $name:literal, $single:literal,
     $splat:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $mul_add:ident, $sqrt:ident,
     $less:ident, $select:ident, $load:ident, $store:ident) => {
        impl Real for $real {
            type Lane<S: Simd> = $lane<S>;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const NAME: &'static str = $name;
            const SINGLE: bool = $single;
            const MAGIC: f64 = 1.5 * (1u64 << ($real::MANTISSA_DIGITS - 1)) as f64;

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $real
            }
            #[inline(always)]
            fn widen(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                $real::mul_add(self, factor, term)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $real::sqrt(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                $real::is_finite(self)
            }
        }

        impl<S: Simd> Lane for $lane<S> {
            type Scalar = $real;
            type Token = S;
            const WIDTH: usize = S::$width;

            #[inline(always)]
            fn splat(token: S, value: $real) -> Self {
                Self(token, token.$splat(value))
            }
            #[inline(always)]
            fn load(token: S, from: &[$real]) -> Self {
                Self(
                    token,
                    bytemuck::pod_read_unaligned(bytemuck::cast_slice(&from[..Self::WIDTH])),
                )
            }
            #[inline(always)]
            fn store(self, into: &mut [$real]) {
                into[..Self::WIDTH]
                    .copy_from_slice(bytemuck::cast_slice(std::slice::from_ref(&self.1)));
            }
            #[inline(always)]
            fn load_some(token: S, from: &[$real]) -> Self {
                Self(token, token.$load(from))
            }
            #[inline(always)]
            fn store_some(self, into: &mut [$real]) {
                self.0.$store(into, self.1);
            }
            #[inline(always)]
            fn token(self) -> S {
                self.0
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, term: Self) -> Self {
                Self(self.0, self.0.$mul_add(self.1, factor.1, term.1))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0, self.0.$sqrt(self.1))
            }
            // Of pulp's own, this and the sign are not always inlined into vector code, and then a call for each.
            #[inline(always)]
            fn abs(mut self) -> Self {
                for bits in
                    bytemuck::cast_slice_mut::<S::$vector, $bits>(std::slice::from_mut(&mut self.1))
                {
                    *bits &= $bits::MAX >> 1;
                }
                self
            }
            #[inline(always)]
            fn if_less(self, bound: Self, then: Self, otherwise: Self) -> Self {
                let mask = self.0.$less(self.1, bound.1);
                Self(self.0, self.0.$select(mask, then.1, otherwise.1))
            }
            #[inline(always)]
            fn power_of_two<const MORE: i32>(mut self) -> Self {
                // The lowest bits of `self` are k; shifted, with the exponent's bias, they are the exponent.
                const MANTISSA: u32 = $real::MANTISSA_DIGITS - 1;
                let bias = ($real::MAX_EXP - 1 + MORE) as $bits;
                for bits in
                    bytemuck::cast_slice_mut::<S::$vector, $bits>(std::slice::from_mut(&mut self.1))
                {
                    *bits = bits.wrapping_add(bias) << MANTISSA;
                }
                self
            }
        }

        impl<S: Simd> Add for $lane<S> {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(self.0, self.0.$add(self.1, other.1))
            }
        }
        impl<S: Simd> Sub for $lane<S> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                Self(self.0, self.0.$sub(self.1, other.1))
            }
        }
        impl<S: Simd> Mul for $lane<S> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                Self(self.0, self.0.$mul(self.1, other.1))
            }
        }
        impl<S: Simd> Div for $lane<S> {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                Self(self.0, self.0.$div(self.1, other.1))
            }
        }
        impl<S: Simd> Neg for $lane<S> {
            type Output = Self;
            #[inline(always)]
            fn neg(mut self) -> Self {
                for bits in
                    bytemuck::cast_slice_mut::<S::$vector, $bits>(std::slice::from_mut(&mut self.1))
                {
                    *bits ^= $bits::MAX ^ ($bits::MAX >> 1);
                }
                self
            }
        }
    };
}

real_and_lane!(
    f32,
    u32,
    SingleLane,
    f32s,
    F32_LANES,
    "f32",
    true,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    div_f32s,
    mul_add_f32s,
    sqrt_f32s,
    less_than_f32s,
    select_f32s,
    partial_load_f32s,
    partial_store_f32s
);
real_and_lane!(
    f64,
    u64,
    DoubleLane,
    f64s,
    F64_LANES,
    "f64",
    false,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    div_f64s,
    mul_add_f64s,
    sqrt_f64s,
    less_than_f64s,
    select_f64s,
    partial_load_f64s,
    partial_store_f64s
);
