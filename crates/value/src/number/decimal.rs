//! Numbers as decimal text.

use num_bigint::BigUint;
use num_traits::{One, Zero};

use super::float::{Float, MAX_EXPONENT, PRECISION, divide};

/// Up to this exponent powers of five are exact; beyond, they have [`POWER_BITS`] bits.
const EXACT_POWER: u64 = 6000;
const POWER_BITS: u64 = 2048;

/// Digits beyond have no bearing on 512 bits, save for telling whether there are any.
const MAX_DIGITS: usize = 20_000;

/// Reads `[+-] digits [. digits] [(e|p) [+-] digits]` or `[+-] (inf|Inf)`.
pub(super) fn parse(text: &str) -> Option<Float> {
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "inf" || unsigned == "Inf" {
        return Some(Float::infinity(negative));
    }
    let (mantissa, exponent, binary) = match unsigned.find(['e', 'E', 'p', 'P']) {
        None => (unsigned, 0, false),
        Some(at) => {
            let exponent = parse_exponent(&unsigned[at + 1..])?;
            (&unsigned[..at], exponent, matches!(unsigned.as_bytes()[at], b'p' | b'P'))
        }
    };
    let (digits, fraction) = digits_of(mantissa)?;
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(Float::zero(negative));
    }
    let (digits, cut) = cut(significant);
    let value = BigUint::parse_bytes(digits.as_bytes(), 10)?;
    let (ten, two) = if binary { (0, exponent) } else { (exponent, 0) };
    Some(scale(negative, value, ten + cut - fraction, two))
}

/// All digits of a mantissa, and how many of them are behind the point.
fn digits_of(mantissa: &str) -> Option<(String, i64)> {
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let valid = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    valid.then_some((digits, fraction.len() as i64))
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse::<i32>().ok().map(i64::from)
}

/// The first digits, with one more that stands for any others; and how many were cut off.
fn cut(digits: &str) -> (String, i64) {
    match digits.get(MAX_DIGITS..) {
        None | Some("") => (digits.to_owned(), 0),
        Some(rest) => {
            let sticky = if rest.bytes().any(|b| b != b'0') { '1' } else { '0' };
            (format!("{}{sticky}", &digits[..MAX_DIGITS]), rest.len() as i64 - 1)
        }
    }
}

/// value · 10^ten · 2^two, rounded.
fn scale(negative: bool, value: BigUint, ten: i64, two: i64) -> Float {
    let magnitude = value.bits() as f64 + ten as f64 * std::f64::consts::LOG2_10 + two as f64;
    if magnitude > MAX_EXPONENT as f64 + 2.0 {
        return Float::infinity(negative);
    }
    if magnitude < -(MAX_EXPONENT as f64) - 2.0 {
        return Float::zero(negative);
    }
    let (power, power_exponent) = power_of_five(ten.unsigned_abs());
    if ten >= 0 {
        return Float::rounded(
            negative,
            value * power,
            power_exponent + ten + two,
            false,
            PRECISION,
        );
    }
    let shift = (PRECISION + 2 + power.bits()).saturating_sub(value.bits());
    let (quotient, more) = divide(&(value << shift), &power);
    let exponent = ten + two - power_exponent - shift as i64;
    Float::rounded(negative, quotient, exponent, more, PRECISION)
}

/// 5^n as mantissa and exponent of two.
fn power_of_five(n: u64) -> (BigUint, i64) {
    if n <= EXACT_POWER {
        return (BigUint::from(5u32).pow(n as u32), 0);
    }
    let shorten = |(mantissa, exponent): (BigUint, i64)| {
        let extra = mantissa.bits().saturating_sub(POWER_BITS);
        (mantissa >> extra, exponent + extra as i64)
    };
    let (root, root_exponent) = power_of_five(n / 2);
    let mut square = shorten((&root * &root, root_exponent * 2));
    if n % 2 == 1 {
        square = shorten((square.0 * 5u32, square.1));
    }
    square
}

/// The shortest text that reads as the number again at its own precision.
pub(super) fn format(float: &Float) -> String {
    let sign = if float.is_negative() { "-" } else { "" };
    if float.is_infinite() {
        return if float.is_negative() { "-Inf".to_owned() } else { "+Inf".to_owned() };
    }
    let Some((mantissa, exponent)) = float.finite() else {
        return format!("{sign}0");
    };
    let bits = mantissa.bits() as i64 + exponent;
    if exponent >= 0 && bits <= float.precision() as i64 {
        return format!("{sign}{}", mantissa << exponent.unsigned_abs());
    }
    let (digits, point) = shortest(mantissa, exponent, float.precision());
    format!("{sign}{}", place_point(&digits, point))
}

/// `digits` · 10^(`point` - number of digits), without an exponent.
fn place_point(digits: &str, point: i64) -> String {
    let zeros = |n: i64| "0".repeat(n.unsigned_abs() as usize);
    let count = digits.len() as i64;
    if point <= 0 {
        format!("0.{}{digits}", zeros(point))
    } else if point >= count {
        format!("{digits}{}", zeros(point - count))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{whole}.{fraction}")
    }
}

/// The fewest digits that are within half a unit of the last place of the number, and where the
/// point is in them.
fn shortest(mantissa: &BigUint, exponent: i64, precision: u64) -> (String, i64) {
    // Four of this mantissa's last bit are a unit of the last place.
    let shift = (precision + 2).saturating_sub(mantissa.bits());
    let exact = mantissa << shift;
    let exponent = exponent - shift as i64;
    let inclusive = !exact.bit(2);
    // Below a power of two numbers are twice as dense. Where results of 64-bit arithmetic are
    // concerned, digits are chosen as if they were not.
    let below = if mantissa.is_one() && precision >= PRECISION { 1u32 } else { 2 };
    let scale = DecimalScale::new(exponent);
    let digits = scale.digits(&exact);
    let low = scale.digits(&(&exact - below));
    let high = scale.digits(&(&exact + 2u32));
    // One more digit in front, so that rounding up has room.
    let width = high.len() + 1;
    let [digits, low, high] = [digits, low, high].map(|d| format!("{d:0>width$}").into_bytes());
    let lead = digits.iter().take_while(|d| **d == b'0').count();
    let point = |skip: usize| (width - skip) as i64 + scale.exponent;
    for count in 1..=width - lead {
        let candidate = round_digits(&digits, lead + count);
        let inside = candidate > low && candidate < high;
        let on_edge = candidate == low || candidate == high;
        if inside || (on_edge && inclusive) {
            return trimmed(&candidate, point);
        }
    }
    trimmed(&digits, point)
}

/// Without the zeros at both ends.
fn trimmed(digits: &[u8], point: impl Fn(usize) -> i64) -> (String, i64) {
    let lead = digits.iter().take_while(|d| **d == b'0').count();
    let text: String = digits[lead..].iter().map(|d| char::from(*d)).collect();
    (text.trim_end_matches('0').to_owned(), point(lead))
}

/// With zeros from `keep` on, rounded to nearest, ties to even. The first digit is zero.
fn round_digits(digits: &[u8], keep: usize) -> Vec<u8> {
    let mut rounded = digits.to_vec();
    let rest = &digits[keep..];
    rounded[keep..].fill(b'0');
    let tie = rest.first() == Some(&b'5') && rest[1..].iter().all(|d| *d == b'0');
    let up = if tie { digits[keep - 1] % 2 == 1 } else { rest.first().is_some_and(|d| *d >= b'5') };
    if up {
        for digit in rounded[..keep].iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                break;
            }
        }
    }
    rounded
}

/// Writes m · 2^binary as an integer times 10^exponent.
struct DecimalScale {
    binary: i64,
    exponent: i64,
    power: BigUint,
    power_exponent: i64,
}

impl DecimalScale {
    fn new(binary: i64) -> DecimalScale {
        // Exact for everyday magnitudes; far away, some hundreds of digits more than are needed.
        const SPARE: i64 = 400;
        let decimal = (binary as f64 * std::f64::consts::LOG10_2) as i64;
        let exponent = match binary {
            0.. if decimal > EXACT_POWER as i64 => decimal - SPARE,
            0.. => 0,
            _ if binary < -(EXACT_POWER as i64) => decimal - SPARE,
            _ => binary,
        };
        let (power, power_exponent) = match exponent {
            0 => (BigUint::one(), 0),
            _ => power_of_five(exponent.unsigned_abs()),
        };
        DecimalScale { binary, exponent, power, power_exponent }
    }

    fn digits(&self, mantissa: &BigUint) -> String {
        let shifted = |m: BigUint, by: i64| {
            if by >= 0 { m << by.unsigned_abs() } else { m >> by.unsigned_abs() }
        };
        let shift = self.binary - self.exponent;
        let scaled = if self.exponent > 0 {
            shifted(mantissa.clone(), shift - self.power_exponent) / &self.power
        } else {
            shifted(mantissa * &self.power, shift + self.power_exponent)
        };
        if scaled.is_zero() { "0".to_owned() } else { scaled.to_string() }
    }
}
