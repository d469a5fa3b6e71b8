//! Decimal numbers as most files have them, `-12.345`, rounded correctly and fast.
//!
//! With the digits as a whole number m and k of them behind the point, the number is m / 10ᵏ.
//! - If m < 2⁵³ and k is small, both are floating-point numbers and one division rounds correctly (Clinger 1990).
//! - Otherwise m is multiplied by 10⁻ᵏ, known to 64 bits, and rounded, if the bits behind the last one tell without doubt to
//!   which side (Lemire 2021, “Number parsing at a gigabyte per second”; only the case without exponent).
//!
//! Everything else, one cell in many, is left to a parser for all cases.

/// The most digits behind the point; beyond, powers of five no longer fit into 64 bits.
const MOST: usize = 27;

/// 10⁰ … 10⁷, which are exact.
const TENS: [f64; 8] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7];

/// For k = 1 …, with b the bits of 5ᵏ: ⌊2^(63 + b) / 5ᵏ⌋, which has 64 bits, and 63 + b + k: together 10⁻ᵏ, cut off.
const RECIPROCALS: [(u64, u32); MOST + 1] = {
    let mut all = [(0, 0); MOST + 1];
    let mut k = 1;
    while k <= MOST {
        let divisor = 5u128.pow(k as u32);
        let shift = 63 + (u128::BITS - divisor.leading_zeros());
        // At most 2^126.
        all[k] = (((1u128 << shift) / divisor) as u64, shift + k as u32);
        k += 1;
    }
    all
};

/// How many bytes [`leading`] looks at: sign, 24 digits, point, 24 digits, and what follows.
pub(super) const SEEN: usize = 64;

/// The most digits that always fit into 64 bits.
const DIGITS: usize = 19;

/// The number that `cell` is, if it has digits, at most one point and at most a sign before; `None` for all else, and in
/// the rare case in which it cannot be told how to round.
pub(super) fn parse(cell: &[u8]) -> Option<f64> {
    let mut text = [0; SEEN];
    // Something that is no digit must follow.
    text[..SEEN - 1]
        .get_mut(..cell.len())?
        .copy_from_slice(cell);
    let (value, length) = leading(&text, b'.')?;
    (length == cell.len()).then_some(value)
}

/// The number that `text` begins with and how many bytes it has, as [`parse`], `point` standing before the fraction; `None`
/// as well if `text` has less than [`SEEN`] bytes.
///
/// Signs and lengths are as good as random, and a branch on them is guessed wrong half the time: there is none, except
/// between short and long numbers, as most columns have but one of these.
#[inline]
pub(super) fn leading(text: &[u8], point: u8) -> Option<(f64, usize)> {
    let text = text.first_chunk::<SEEN>()?;
    let negative = text[0] == b'-';
    let start = usize::from(negative);
    let (mut m, mut whole) = first_digits(text, start);
    if whole == 8 {
        for _ in 0..2 {
            let (more, count) = first_digits(text, start + whole);
            m = m.wrapping_mul(POWERS[count]).wrapping_add(more);
            whole += count;
        }
    }
    let leading_zero = m == 0;
    let (mut end, mut k) = (start + whole, 0);
    if text[end] == point {
        let fraction = end + 1;
        let (more, count) = first_digits(text, fraction);
        m = m.wrapping_mul(POWERS[count]).wrapping_add(more);
        k = count;
        if count == 8 {
            let (second, count) = first_digits(text, fraction + 8);
            let (third, further) = first_digits(text, fraction + 16);
            let further = if count == 8 { further } else { 0 };
            let third = if count == 8 { third } else { 0 };
            m = m.wrapping_mul(POWERS[count]).wrapping_add(second);
            m = m.wrapping_mul(POWERS[further]).wrapping_add(third);
            k += count + further;
        }
        end = fraction + k;
    }
    let counted = if leading_zero { k } else { whole + k };
    if counted > DIGITS || whole > DIGITS || whole + k == 0 {
        return None;
    }
    let value = if k < 8 && m >> 53 == 0 {
        m as i64 as f64 / TENS[k]
    } else if k == 0 {
        m as f64
    } else {
        divided(m, k)?
    };
    let value = f64::from_bits(value.to_bits() | u64::from(negative) << 63);
    Some((value, end))
}

const POWERS: [u64; 9] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
];

/// The number that up to eight digits from `at` on are, and how many there are.
#[inline]
fn first_digits(text: &[u8; SEEN], at: usize) -> (u64, usize) {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) else {
        return (0, 0);
    };
    let digits = u64::from_le_bytes(*eight) ^ ZEROS;
    // The high bit of every byte above nine; what is carried over goes into bytes behind the first of these.
    let others = (digits.wrapping_add(ABOVE_NINE) | digits) & HIGH;
    let bits = others.trailing_zeros() & !7;
    // Zeros come before the first digit, and what is no digit falls off behind the last.
    let digits = digits.checked_shl(u64::BITS - bits).unwrap_or(0);
    // Pairs of digits, then of pairs, then of fours.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_FFFF_0000_FFFF;
    let eights = fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xFFFF_FFFF;
    (eights, (bits / 8) as usize)
}

/// m / 10ᵏ for m > 0 and 1 ≤ k ≤ [`MOST`].
fn divided(m: u64, k: usize) -> Option<f64> {
    let (reciprocal, scale) = *RECIPROCALS.get(k).filter(|_| m > 0)?;
    let shift = m.leading_zeros();
    let product = u128::from(m << shift) * u128::from(reciprocal);
    // Of the product's upper half the truth is less than 2 away, above it.
    let upper = (product >> 64) as u64;
    let dropped = u64::BITS - upper.leading_zeros() - f64::MANTISSA_DIGITS;
    let rest = upper & ((1 << dropped) - 1);
    let half = 1 << (dropped - 1);
    if rest == half || rest + 1 == half {
        return None;
    }
    let mantissa = (upper >> dropped) + u64::from(rest > half);
    // Between 2^-97 and 2^11.
    let exponent = 64 + i64::from(dropped) - i64::from(shift) - i64::from(scale);
    let power = f64::from_bits(((1023 + exponent) as u64) << 52);
    // At most 2^53: as a signed number it converts in one instruction.
    Some(mantissa as i64 as f64 * power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;

    /// The standard library's parser rounds correctly.
    fn assert_same(text: &str) -> bool {
        let value = parse(text.as_bytes());
        if let Some(value) = value {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(value.to_bits(), expected.to_bits(), "{text}");
        }
        value.is_some()
    }

    #[test]
    fn numbers_are_rounded_as_by_the_standard_library() {
        let mut random = Stream::new(4, "decimals");
        let mut read = 0;
        for _ in 0..100_000 {
            let digits = 1 + random.below(19);
            let mut text: String = (0..digits)
                .map(|_| char::from(b'0' + random.below(10) as u8))
                .collect();
            text.insert(random.below(digits + 1), '.');
            if random.below(2) == 0 {
                text.insert(0, '-');
            }
            read += usize::from(assert_same(&text));
        }
        assert!(read > 99_500, "nearly all are read: {read}");
    }

    #[test]
    fn numbers_as_programs_write_them_come_back() {
        let mut random = Stream::new(5, "decimals");
        for _ in 0..50_000 {
            let value = random.normal() * 10f64.powi(random.below(12) as i32 - 6);
            assert_same(&value.to_string());
        }
        for text in [
            "0",
            "-0",
            "-0.0",
            "0.5",
            ".5",
            "5.",
            "1700",
            "9007199254740993",
            "9007199254740992.5",
            "9007199254740993.0",
            "18014398509481985.5",
            "9999999999999999999",
            "0.3",
            "0.000000000000000001",
            "12345678",
            "1234567.8",
            "123456789.12345678",
        ] {
            assert_same(text);
        }
        for text in ["0", "-1.5", "0.1", "1234.5678", "0.12345678901234567"] {
            assert!(assert_same(text), "{text} is read here");
        }
    }

    #[test]
    fn any_signs_are_read_as_by_the_standard_library_or_left_to_others() {
        let mut random = Stream::new(6, "decimals");
        for _ in 0..100_000 {
            let mut text: Vec<u8> = (0..random.below(31))
                .map(|_| b"0000123456789999.-"[random.below(18)])
                .collect();
            let behind = [&b""[..], b";", b"\n", b"e5", b"/", b":", b"\xFF"][random.below(7)];
            text.extend_from_slice(behind);
            let len = text.len();
            text.resize(len + SEEN, 0);
            let Some((value, length)) = leading(&text, b'.') else {
                continue;
            };
            let number = str::from_utf8(&text[..length]).unwrap();
            let expected: f64 = number.parse().unwrap();
            assert_eq!(value.to_bits(), expected.to_bits(), "{number}");
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_left_to_others() {
        for text in [
            "",
            "-",
            ".",
            "-.",
            "+1",
            "1e5",
            "1.2.3",
            "1,5",
            "nan",
            "inf",
            "1 ",
            "--1",
            "1/5",
            "1:5",
            "12345678901234567890",
            "0.1234567:",
            "1234567:",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }
}
