//! Numbers: 512-bit binary floats, with a fast path for small integers.

mod decimal;
mod float;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;

pub use float::Float;

/// A number, which may be infinite but is always a number.
///
/// `==` is what the language means by it: integers are equal if they are the same, other numbers if
/// they are written alike, and the sign of zero does not matter. [`Ord`] agrees with it;
/// [`Number::compare`] is the exact comparison that `<` makes.
#[derive(Clone, Debug)]
pub enum Number {
    /// An integer that fits; always in this form if it does, but for two kinds: negative zero, and
    /// integers beyond 2^53 that came out of 64-bit floats and are not written in full.
    Int(i64),
    /// Any other number.
    Big(Arc<Float>),
}

/// Constructors.
impl Number {
    /// The number written in decimal, with an exponent if need be.
    ///
    /// It is rounded to 512 bits. What is far beyond any use becomes infinite or zero; what is no
    /// number at all is `None`.
    pub fn parse(text: &str) -> Option<Number> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain =
            !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
        if plain && (digits.len() == text.len() || digits.bytes().any(|b| b != b'0')) {
            return text.parse().ok().map(Number::Int);
        }
        decimal::parse(text).map(Number::from)
    }

    /// Infinity of either sign.
    pub fn infinity(negative: bool) -> Number {
        Float::infinity(negative).into()
    }

    /// The number of a 64-bit float; `None` of a NaN.
    pub fn from_f64(f: f64) -> Option<Number> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if f.fract() == 0.0 && f.abs() <= EXACT && !(f == 0.0 && f.is_sign_negative()) {
            return Some(Number::Int(f as i64));
        }
        Float::from_f64(f).map(Number::from)
    }

    fn float(&self) -> Float {
        match self {
            Number::Int(i) => Float::from_int(&BigInt::from(*i)),
            Number::Big(float) => (**float).clone(),
        }
    }
}

/// Access.
impl Number {
    /// The integer, if it is one that fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Number::Int(i) => Some(*i),
            Number::Big(float) => float.to_i64(),
        }
    }

    /// The integer, if it is one that fits 64 bits without a sign.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Number::Int(i) => u64::try_from(*i).ok(),
            Number::Big(_) => self.as_bigint()?.to_u64(),
        }
    }

    /// The integer, if it can be the length of something in memory.
    pub fn as_usize(&self) -> Option<usize> {
        self.as_u64().and_then(|n| usize::try_from(n).ok())
    }

    /// The integer, if it is one.
    pub fn as_bigint(&self) -> Option<BigInt> {
        match self {
            Number::Int(i) => Some(BigInt::from(*i)),
            Number::Big(float) => float.is_integer().then(|| float.truncated()).flatten(),
        }
    }

    /// The integer that is left when the fraction is cut off; `None` of infinity.
    pub fn truncated(&self) -> Option<BigInt> {
        match self {
            Number::Int(i) => Some(BigInt::from(*i)),
            Number::Big(float) => float.truncated(),
        }
    }

    /// `m` and `e` such that the number is `m` times 2 to the power of `e`; `None` of infinity.
    pub fn mantissa_and_exponent(&self) -> Option<(BigInt, i64)> {
        match self {
            Number::Int(i) => Some((BigInt::from(*i), 0)),
            Number::Big(float) if float.is_zero() => Some((BigInt::from(0), 0)),
            Number::Big(float) => {
                let (mantissa, exponent) = float.finite()?;
                let sign = if float.is_negative() { Sign::Minus } else { Sign::Plus };
                Some((BigInt::from_biguint(sign, mantissa.clone()), exponent))
            }
        }
    }

    /// The nearest 64-bit float.
    pub fn to_f64(&self) -> f64 {
        match self {
            Number::Int(i) => *i as f64,
            Number::Big(float) => float.to_f64(),
        }
    }

    /// The 64-bit float, if there is one that is exactly this number.
    pub fn as_f64_exact(&self) -> Option<f64> {
        match self {
            Number::Int(i) => {
                let f = *i as f64;
                (f as i128 == i128::from(*i)).then_some(f)
            }
            Number::Big(float) => {
                let f = float.to_f64();
                let back = Float::from_f64(f)?;
                (back.compare(float) == Ordering::Equal).then_some(f)
            }
        }
    }

    /// Whether it is an integer.
    pub fn is_integer(&self) -> bool {
        match self {
            Number::Int(_) => true,
            Number::Big(float) => float.is_integer(),
        }
    }

    /// Whether it is infinite.
    pub fn is_infinite(&self) -> bool {
        matches!(self, Number::Big(float) if float.is_infinite())
    }

    /// Whether it is zero, of either sign.
    pub fn is_zero(&self) -> bool {
        match self {
            Number::Int(i) => *i == 0,
            Number::Big(float) => float.is_zero(),
        }
    }

    /// Whether it has a minus sign; negative zero has one.
    pub fn has_minus(&self) -> bool {
        match self {
            Number::Int(i) => *i < 0,
            Number::Big(float) => float.is_negative(),
        }
    }

    /// -1, 0 or 1.
    pub fn signum(&self) -> i32 {
        match (self.is_zero(), self.has_minus()) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// The exact comparison, which tells apart numbers that `==` does not.
    pub fn compare(&self, other: &Number) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            _ => self.float().compare(&other.float()),
        }
    }
}

/// Arithmetic. `None` is what has no result, such as infinity less infinity.
impl Number {
    /// `self + other`
    pub fn checked_add(&self, other: &Number) -> Option<Number> {
        if let (Number::Int(a), Number::Int(b)) = (self, other) {
            return Some(match a.checked_add(*b) {
                Some(sum) => Number::Int(sum),
                None => BigInt::from(i128::from(*a) + i128::from(*b)).into(),
            });
        }
        self.float().add(&other.float()).map(Number::from)
    }

    /// `self - other`
    pub fn checked_sub(&self, other: &Number) -> Option<Number> {
        if let (Number::Int(a), Number::Int(b)) = (self, other) {
            return Some(match a.checked_sub(*b) {
                Some(difference) => Number::Int(difference),
                None => BigInt::from(i128::from(*a) - i128::from(*b)).into(),
            });
        }
        self.checked_add(&other.neg())
    }

    /// `self * other`
    pub fn checked_mul(&self, other: &Number) -> Option<Number> {
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && let Some(product) = a.checked_mul(*b)
            && (product != 0 || (*a >= 0 && *b >= 0))
        {
            return Some(Number::Int(product));
        }
        self.float().mul(&other.float()).map(Number::from)
    }

    /// `self / other`; infinite if `other` is zero and `self` is not.
    pub fn checked_div(&self, other: &Number) -> Option<Number> {
        if let (Number::Int(a), Number::Int(b)) = (self, other)
            && a.checked_rem(*b) == Some(0)
            && *a != 0
        {
            return a.checked_div(*b).map(Number::Int);
        }
        self.float().div(&other.float()).map(Number::from)
    }

    /// What is left of `self` when whole multiples of `other` are taken off; it has the sign of
    /// `self`. Nothing can be taken off if `other` is zero.
    pub fn checked_rem(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return Some(self.clone());
        }
        if let (Number::Int(a), Number::Int(b)) = (self, other) {
            return Some(Number::Int(a.wrapping_rem(*b)));
        }
        self.float().rem(&other.float()).map(Number::from)
    }

    /// With the other sign; zero becomes negative zero.
    pub fn neg(&self) -> Number {
        match self {
            Number::Int(i) if *i != 0 && *i != i64::MIN => Number::Int(-i),
            _ => self.float().neg().into(),
        }
    }

    /// Without its sign.
    pub fn abs(&self) -> Number {
        if self.has_minus() { self.neg() } else { self.clone() }
    }

    /// The greatest integer that is not above it; infinity stays.
    pub fn floor(&self) -> Number {
        self.rounded(-1)
    }

    /// The least integer that is not below it; infinity stays.
    pub fn ceil(&self) -> Number {
        self.rounded(1)
    }

    fn rounded(&self, direction: i32) -> Number {
        let Number::Big(float) = self else { return self.clone() };
        let Some(whole) = float.truncated() else { return self.clone() };
        if float.is_integer() && whole.bits() > 64 {
            // With the precision that it has: more of it would show digits that nobody wrote.
            return self.clone();
        }
        if float.is_integer() || self.signum() != direction {
            return whole.into();
        }
        (whole + direction).into()
    }

    /// What `==` and hashing compare: the number as its own text would be read.
    fn canonical(&self) -> Float {
        let float = self.float();
        if float.is_integer() || float.is_infinite() || float.precision() >= float::PRECISION {
            return float;
        }
        decimal::parse(&self.to_string()).unwrap_or(float)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => a.cmp(b),
            (Number::Big(a), Number::Big(b)) if Arc::ptr_eq(a, b) => Ordering::Equal,
            (Number::Big(a), Number::Big(b)) if a.precision() == b.precision() => a.compare(b),
            _ => self.canonical().compare(&other.canonical()),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.as_i64() {
            Some(i) => i.hash(state),
            None => self.canonical().hash_value(state),
        }
    }
}

impl From<Float> for Number {
    fn from(float: Float) -> Self {
        match float.to_plain_i64() {
            Some(i) => Number::Int(i),
            None => Number::Big(Arc::new(float)),
        }
    }
}

impl From<BigInt> for Number {
    fn from(i: BigInt) -> Self {
        match i.to_i64() {
            Some(i) => Number::Int(i),
            None => Number::Big(Arc::new(Float::from_int(&i))),
        }
    }
}

impl From<u64> for Number {
    fn from(i: u64) -> Self {
        match i64::try_from(i) {
            Ok(i) => Number::Int(i),
            Err(_) => BigInt::from_bytes_be(Sign::Plus, &i.to_be_bytes()).into(),
        }
    }
}

impl From<usize> for Number {
    fn from(i: usize) -> Self {
        (i as u64).into()
    }
}

impl From<i64> for Number {
    fn from(i: i64) -> Self {
        Number::Int(i)
    }
}

impl From<i32> for Number {
    fn from(i: i32) -> Self {
        Number::Int(i64::from(i))
    }
}

impl From<u32> for Number {
    fn from(i: u32) -> Self {
        Number::Int(i64::from(i))
    }
}

/// The shortest decimal that reads as this number again, never with an exponent; `+Inf`, `-Inf`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Int(i) => write!(f, "{i}"),
            Number::Big(float) => f.write_str(&decimal::format(float)),
        }
    }
}
