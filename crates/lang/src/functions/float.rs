//! Logarithm and power in 64-bit floats.
//!
//! What a system's library gives differs from the next one's in the last digit, and these digits
//! end up in configurations. So they are worked out here, in the same steps everywhere.

/// The fraction, from 0.5 up to 1 but for its sign, and the exponent of 2 that goes with it.
fn split(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // Numbers that are too small for all their digits are made greater first.
    let (x, shift) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(52), -52) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1022;
    let fraction = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
    (fraction, exponent + shift)
}

/// `fraction * 2^exponent`, rounded once.
fn scale(fraction: f64, exponent: i64) -> f64 {
    let (fraction, own) = split(fraction);
    if fraction == 0.0 || !fraction.is_finite() {
        return fraction;
    }
    let exponent = exponent.saturating_add(own);
    if exponent < -1080 {
        return 0f64.copysign(fraction);
    }
    if exponent > 1024 {
        return f64::INFINITY.copysign(fraction);
    }
    let (exponent, last) = match exponent {
        ..-1020 => (exponent + 60, 2f64.powi(-60)),
        1024 => (exponent - 1, 2.0),
        _ => (exponent, 1.0),
    };
    let power = f64::from_bits(((exponent + 1023) as u64) << 52);
    fraction * power * last
}

/// The natural logarithm: a polynomial around 1, and multiples of that of 2 in two parts.
pub(super) fn ln(x: f64) -> f64 {
    const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    const ODD: [f64; 4] = [
        6.666_666_666_666_735e-1,
        2.857_142_874_366_239e-1,
        1.818_357_216_161_805e-1,
        1.479_819_860_511_658_6e-1,
    ];
    const EVEN: [f64; 3] =
        [3.999_999_999_940_942e-1, 2.222_219_843_214_978_4e-1, 1.531_383_769_920_937_3e-1];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = exponent as f64;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let t1 = s2 * (ODD[0] + s4 * (ODD[1] + s4 * (ODD[2] + s4 * ODD[3])));
    let t2 = s4 * (EVEN[0] + s4 * (EVEN[1] + s4 * EVEN[2]));
    let half = 0.5 * f * f;
    k * LN2_HIGH - ((half - (s * (half + (t1 + t2)) + k * LN2_LOW)) - f)
}

/// The exponential function: a series for the sixteenth part of what is left after multiples of
/// the logarithm of 2, squared four times.
fn exp(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_147_180_559_663;
    const LN2_LOW: f64 = 2.823_529_056_303_157_7e-13;
    const SERIES: [f64; 8] =
        [1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    if x.is_nan() || x > 710.0 {
        return if x.is_nan() { x } else { f64::INFINITY };
    }
    if x < -750.0 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (-LN2_LOW).mul_add(k, (-LN2_HIGH).mul_add(k, x)) * 0.0625;
    let series = SERIES[1..].iter().fold(SERIES[0], |sum, c| sum.mul_add(rest, *c));
    // What is above 1 is squared, so that no digits are lost to the 1.
    let mut above = rest * series;
    for _ in 0..3 {
        above *= 2.0 + above;
    }
    scale(above.mul_add(2.0 + above, 1.0), k as i64)
}

/// Whether it is an odd whole number.
fn is_odd(y: f64) -> bool {
    y.abs() < 2f64.powi(53) && y.fract() == 0.0 && (y as i64) & 1 == 1
}

/// The power for which one of the two is 0, infinite or otherwise out of the ordinary.
fn special_power(x: f64, y: f64) -> Option<f64> {
    if y == 0.0 || x == 1.0 {
        return Some(1.0);
    }
    if y == 1.0 {
        return Some(x);
    }
    if x.is_nan() || y.is_nan() {
        return Some(f64::NAN);
    }
    if x == 0.0 {
        let size = if y < 0.0 { f64::INFINITY } else { 0.0 };
        return Some(if is_odd(y) { size.copysign(x) } else { size });
    }
    if y.is_infinite() || y.abs() >= 2f64.powi(63) {
        return Some(match x {
            -1.0 => 1.0,
            _ if (x.abs() < 1.0) == (y > 0.0) => 0.0,
            _ => f64::INFINITY,
        });
    }
    if x.is_infinite() {
        let size = if y < 0.0 { 0.0 } else { f64::INFINITY };
        return Some(if x < 0.0 && is_odd(y) { -size } else { size });
    }
    if y == 0.5 {
        return Some(x.sqrt());
    }
    if y == -0.5 {
        return Some(1.0 / x.sqrt());
    }
    (x < 0.0 && y.fract() != 0.0).then_some(f64::NAN)
}

/// `x` to the power of `y`: the fraction of `y` by the exponential function, the rest by squaring.
pub(super) fn pow(x: f64, y: f64) -> f64 {
    if let Some(special) = special_power(x, y) {
        return special;
    }
    let (mut whole, mut fraction) = (y.abs().trunc(), y.abs().fract());
    let (mut result, mut exponent) = (1.0, 0_i64);
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = exp(fraction * ln(x));
    }
    let (mut square, mut square_exponent) = split(x);
    let mut left = whole as i64;
    while left != 0 {
        if square_exponent.abs() > 1 << 12 {
            // Too great or too small in any case.
            exponent += square_exponent;
            break;
        }
        if left & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent <<= 1;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    scale(result, exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_split_and_put_together() {
        for x in [1.0, -3.5, 1e300, 5e-324, 2.5e-310, f64::MAX] {
            let (fraction, exponent) = split(x);
            assert!((0.5..1.0).contains(&fraction.abs()), "{x}");
            assert_eq!(scale(fraction, exponent), x);
        }
        assert_eq!(scale(0.5, 5000), f64::INFINITY);
        assert_eq!(scale(0.5, -5000), 0.0);
    }

    #[test]
    fn last_digits_are_always_the_same() {
        assert_eq!(ln(2.5) / ln(3.0), 0.8340437671464699);
        assert_eq!(pow(27.503, 5.493), 80633352.72036533);
        assert_eq!(pow(37.717, -3.279), 6.769158950364347e-06);
        assert_eq!(pow(0.016, -4.566), 158484998.17842826);
        assert_eq!(pow(2.0, 10.0), 1024.0);
        assert_eq!(pow(4.0, 0.5), 2.0);
        assert_eq!(pow(10.0, 400.0), f64::INFINITY);
        assert_eq!(pow(10.0, -400.0), 0.0);
        assert!(pow(-8.0, 0.3).is_nan());
    }
}
