//! Binary floating point of a given precision, rounded to nearest, ties to even.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{One, ToPrimitive, Zero};

/// The precision of numbers that are written in configuration, state or JSON.
pub(super) const PRECISION: u64 = 512;

/// Numbers of this magnitude (as a power of two) or beyond count as infinite, and those as far below
/// one as zero: nothing may fill the memory with the digits of one number.
pub(super) const MAX_EXPONENT: i64 = 1 << 22;

/// A number of a certain precision: the one it was made with, or the greater one of its operands.
///
/// 64-bit floats keep their own precision until they meet a more precise number, so that they are
/// written as shortly as anywhere else.
#[derive(Clone, Debug)]
pub struct Float {
    negative: bool,
    precision: u64,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Zero,
    Infinite,
    /// mantissa · 2^exponent, the mantissa odd.
    Finite(BigUint, i64),
}

/// Constructors and access.
impl Float {
    pub(super) fn zero(negative: bool) -> Float {
        Float { negative, precision: PRECISION, form: Form::Zero }
    }

    pub(super) fn infinity(negative: bool) -> Float {
        Float { negative, precision: PRECISION, form: Form::Infinite }
    }

    /// The rounded value of mantissa · 2^exponent. `more` tells that the true mantissa is a little
    /// greater than this one, which must then have more bits than the precision.
    pub(super) fn rounded(
        negative: bool,
        mantissa: BigUint,
        exponent: i64,
        more: bool,
        precision: u64,
    ) -> Float {
        let (mantissa, exponent) = round(mantissa, exponent, more, precision);
        let top = exponent.saturating_add(mantissa.bits() as i64);
        let form = if mantissa.is_zero() || top < -MAX_EXPONENT {
            Form::Zero
        } else if top > MAX_EXPONENT {
            Form::Infinite
        } else {
            Form::Finite(mantissa, exponent)
        };
        Float { negative, precision, form }
    }

    pub(super) fn from_int(i: &BigInt) -> Float {
        let precision = PRECISION.max(i.bits());
        Float::rounded(i.sign() == Sign::Minus, i.magnitude().clone(), 0, false, precision)
    }

    pub(super) fn from_f64(f: f64) -> Option<Float> {
        if f.is_nan() {
            return None;
        }
        let negative = f.is_sign_negative();
        if f.is_infinite() {
            return Some(Float::infinity(negative));
        }
        let bits = f.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match ((bits >> 52) & 0x7ff) as i64 {
            0 => (fraction, -1074),
            biased => (fraction | 1 << 52, biased - 1075),
        };
        Some(Float::rounded(negative, BigUint::from(mantissa), exponent, false, 53))
    }

    pub(super) fn precision(&self) -> u64 {
        self.precision
    }

    pub(super) fn is_negative(&self) -> bool {
        self.negative
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self.form, Form::Zero)
    }

    pub(super) fn is_infinite(&self) -> bool {
        matches!(self.form, Form::Infinite)
    }

    pub(super) fn is_integer(&self) -> bool {
        match &self.form {
            Form::Zero => true,
            Form::Infinite => false,
            Form::Finite(_, exponent) => *exponent >= 0,
        }
    }

    /// Mantissa and exponent of a number that is neither zero nor infinite.
    pub(super) fn finite(&self) -> Option<(&BigUint, i64)> {
        match &self.form {
            Form::Finite(mantissa, exponent) => Some((mantissa, *exponent)),
            _ => None,
        }
    }

    /// The integer without its fraction; `None` of infinity.
    pub(super) fn truncated(&self) -> Option<BigInt> {
        let magnitude = match &self.form {
            Form::Infinite => return None,
            Form::Zero => BigUint::zero(),
            Form::Finite(m, e) if *e >= 0 => m << (*e as u64),
            Form::Finite(m, e) => m >> e.unsigned_abs(),
        };
        Some(BigInt::from_biguint(if self.negative { Sign::Minus } else { Sign::Plus }, magnitude))
    }

    pub(super) fn to_i64(&self) -> Option<i64> {
        match &self.form {
            Form::Zero => Some(0),
            Form::Infinite => None,
            Form::Finite(m, e) if (0..64).contains(e) && m.bits() <= 64 => {
                let magnitude = i128::from(m.to_u64()?) << *e;
                i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
            }
            Form::Finite(..) => None,
        }
    }

    /// The integer, if nothing is lost when it is kept as a plain one, not even how it is written.
    pub(super) fn to_plain_i64(&self) -> Option<i64> {
        if self.is_zero() && self.negative {
            return None;
        }
        let i = self.to_i64()?;
        let bits = u64::from(64 - i.unsigned_abs().leading_zeros());
        (bits <= self.precision).then_some(i)
    }

    pub(super) fn to_f64(&self) -> f64 {
        let magnitude = match &self.form {
            Form::Zero => 0.0,
            Form::Infinite => f64::INFINITY,
            Form::Finite(m, e) => magnitude_to_f64(m, *e),
        };
        if self.negative { -magnitude } else { magnitude }
    }
}

/// Comparison and arithmetic.
impl Float {
    pub(super) fn neg(&self) -> Float {
        Float { negative: !self.negative, ..self.clone() }
    }

    fn sign(&self) -> i32 {
        match (&self.form, self.negative) {
            (Form::Zero, _) => 0,
            (_, true) => -1,
            (_, false) => 1,
        }
    }

    pub(super) fn compare(&self, other: &Float) -> Ordering {
        let sign = self.sign();
        match sign.cmp(&other.sign()) {
            Ordering::Equal if sign < 0 => self.compare_magnitude(other).reverse(),
            Ordering::Equal => self.compare_magnitude(other),
            unequal => unequal,
        }
    }

    fn compare_magnitude(&self, other: &Float) -> Ordering {
        match (&self.form, &other.form) {
            (Form::Finite(a, ae), Form::Finite(b, be)) => {
                let top = |m: &BigUint, e: &i64| m.bits() as i64 + e;
                top(a, ae).cmp(&top(b, be)).then_with(|| match ae - be {
                    // Equal tops keep the shift below the greater mantissa's length.
                    shift @ 0.. => (a << shift.unsigned_abs()).cmp(b),
                    shift => a.cmp(&(b << shift.unsigned_abs())),
                })
            }
            (a, b) => rank(a).cmp(&rank(b)),
        }
    }

    /// What equal numbers have in common, whatever their precision.
    pub(super) fn hash_value<H: Hasher>(&self, state: &mut H) {
        self.sign().hash(state);
        if let Some((mantissa, exponent)) = self.finite() {
            mantissa.hash(state);
            exponent.hash(state);
        }
    }

    /// The sum; `None` of infinities of different signs.
    pub(super) fn add(&self, other: &Float) -> Option<Float> {
        let precision = self.precision.max(other.precision);
        match (&self.form, &other.form) {
            (Form::Infinite, Form::Infinite) if self.negative != other.negative => None,
            (Form::Infinite, _) => Some(self.clone()),
            (_, Form::Infinite) => Some(other.clone()),
            (Form::Zero, Form::Zero) => Some(Float {
                negative: self.negative && other.negative,
                precision,
                form: Form::Zero,
            }),
            (Form::Zero, _) => Some(Float { precision, ..other.clone() }),
            (_, Form::Zero) => Some(Float { precision, ..self.clone() }),
            (Form::Finite(a, ae), Form::Finite(b, be)) => {
                let (a, b, exponent) = align((a, *ae), (b, *be), precision);
                let sign = |negative| if negative { Sign::Minus } else { Sign::Plus };
                let sum = BigInt::from_biguint(sign(self.negative), a)
                    + BigInt::from_biguint(sign(other.negative), b);
                let negative = sum.sign() == Sign::Minus;
                Some(Float::rounded(negative, sum.into_parts().1, exponent, false, precision))
            }
        }
    }

    /// The product; `None` of zero and infinity.
    pub(super) fn mul(&self, other: &Float) -> Option<Float> {
        let negative = self.negative != other.negative;
        let greater = self.precision.max(other.precision);
        match (&self.form, &other.form) {
            (Form::Infinite, Form::Zero) | (Form::Zero, Form::Infinite) => None,
            (Form::Infinite, _) | (_, Form::Infinite) => Some(Float::infinity(negative)),
            (Form::Zero, _) | (_, Form::Zero) => {
                Some(Float { negative, precision: greater, form: Form::Zero })
            }
            (Form::Finite(a, ae), Form::Finite(b, be)) => {
                // A product of imprecise numbers gets what precision it needs.
                let (mantissa, exponent) = round(a * b, ae + be, false, PRECISION);
                let precision = greater.max(mantissa.bits());
                Some(Float::rounded(negative, mantissa, exponent, false, precision))
            }
        }
    }

    /// The quotient; `None` of two zeros or two infinities.
    pub(super) fn div(&self, other: &Float) -> Option<Float> {
        let negative = self.negative != other.negative;
        let precision = self.precision.max(other.precision);
        match (&self.form, &other.form) {
            (Form::Zero, Form::Zero) | (Form::Infinite, Form::Infinite) => None,
            (Form::Zero, _) | (_, Form::Infinite) => {
                Some(Float { negative, precision, form: Form::Zero })
            }
            (Form::Infinite, _) | (_, Form::Zero) => Some(Float::infinity(negative)),
            (Form::Finite(a, ae), Form::Finite(b, be)) => {
                let shift = (precision + 2 + b.bits()).saturating_sub(a.bits());
                let (quotient, more) = divide(&(a << shift), b);
                Some(Float::rounded(negative, quotient, ae - be - shift as i64, more, precision))
            }
        }
    }

    /// The remainder of the division whose quotient is rounded to precision and then cut off;
    /// `other` is not zero. `None` if either is infinite.
    pub(super) fn rem(&self, other: &Float) -> Option<Float> {
        let whole = self.div(other)?.truncated()?;
        let whole = Float { precision: self.precision, ..Float::from_int(&whole) };
        let whole = whole.with_precision(self.precision);
        let product = match (&whole.form, &other.form) {
            (Form::Zero, Form::Infinite) => return None,
            (Form::Finite(a, ae), Form::Finite(b, be)) => Float::rounded(
                whole.negative != other.negative,
                a * b,
                ae + be,
                false,
                self.precision,
            ),
            _ => Float::zero(other.negative),
        };
        Some(self.add(&product.neg())?.with_precision(self.precision))
    }

    fn with_precision(self, precision: u64) -> Float {
        match self.form {
            Form::Finite(mantissa, exponent) => {
                Float::rounded(self.negative, mantissa, exponent, false, precision)
            }
            form => Float { precision, form, ..self },
        }
    }
}

fn rank(form: &Form) -> u8 {
    match form {
        Form::Zero => 0,
        Form::Finite(..) => 1,
        Form::Infinite => 2,
    }
}

/// Quotient, and whether there is a remainder.
pub(super) fn divide(a: &BigUint, b: &BigUint) -> (BigUint, bool) {
    let (quotient, remainder) = num_integer::Integer::div_rem(a, b);
    (quotient, !remainder.is_zero())
}

/// The nearest mantissa of at most so many bits, odd, with its exponent.
pub(super) fn round(
    mut mantissa: BigUint,
    mut exponent: i64,
    more: bool,
    precision: u64,
) -> (BigUint, i64) {
    if let Some(extra) = mantissa.bits().checked_sub(precision).filter(|extra| *extra > 0) {
        let half = mantissa.bit(extra - 1);
        let beyond_half = more || mantissa.trailing_zeros().is_some_and(|zeros| zeros < extra - 1);
        mantissa >>= extra;
        exponent = exponent.saturating_add(extra as i64);
        if half && (beyond_half || mantissa.bit(0)) {
            mantissa += 1u32;
        }
    }
    if let Some(zeros) = mantissa.trailing_zeros().filter(|zeros| *zeros > 0) {
        mantissa >>= zeros;
        exponent = exponent.saturating_add(zeros as i64);
    }
    (mantissa, exponent)
}

/// Both mantissas over one exponent. A number that is far below the other's last bit is replaced by
/// a greater one that still has no say but in rounding.
fn align(a: (&BigUint, i64), b: (&BigUint, i64), precision: u64) -> (BigUint, BigUint, i64) {
    if a.1 < b.1 {
        let (b, a, exponent) = align(b, a, precision);
        return (a, b, exponent);
    }
    let floor = a.1 - precision as i64 - 4;
    if b.1 + (b.0.bits() as i64) < floor {
        return (a.0 << (precision + 4), BigUint::one(), floor);
    }
    (a.0 << (a.1 - b.1).unsigned_abs(), b.0.clone(), b.1)
}

fn magnitude_to_f64(mantissa: &BigUint, exponent: i64) -> f64 {
    const LOWEST: i64 = -1074;
    let top = mantissa.bits() as i64 + exponent;
    if top > 1024 {
        return f64::INFINITY;
    }
    let room = (top - LOWEST).min(53);
    if room < 1 {
        // Below the least float there is; above half of it, that one is the nearest.
        let above_half = room == 0 && !mantissa.is_one();
        return if above_half { f64::from_bits(1) } else { 0.0 };
    }
    let (mantissa, exponent) = round(mantissa.clone(), exponent, false, room.unsigned_abs());
    let Some(mantissa) = mantissa.to_u64() else { return f64::INFINITY };
    // In two steps, since a power may be out of range where the product is not.
    let (first, second) = (exponent / 2, exponent - exponent / 2);
    mantissa as f64 * power_of_two(first) * power_of_two(second)
}

fn power_of_two(exponent: i64) -> f64 {
    match u64::try_from(exponent + 1023) {
        Ok(biased @ 1..=2046) => f64::from_bits(biased << 52),
        Ok(0) | Err(_) => 0.0,
        Ok(_) => f64::INFINITY,
    }
}
