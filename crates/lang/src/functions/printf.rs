//! Numbers in the formats that `format` knows.

use groma_value::Number;
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{Pow, Zero};

/// What stands between `%` and the verb.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) zero: bool,
    pub(super) sharp: bool,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) space: bool,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
}

/// `%b`, `%d`, `%o`, `%x` and `%X`.
pub(super) fn integer(i: &BigInt, mode: char, flags: &Flags) -> String {
    let magnitude = i.magnitude();
    let mut digits = match mode {
        'b' => magnitude.to_str_radix(2),
        'o' => magnitude.to_str_radix(8),
        'x' => magnitude.to_str_radix(16),
        'X' => magnitude.to_str_radix(16).to_uppercase(),
        _ => magnitude.to_string(),
    };
    let prefix = match mode {
        'b' if flags.sharp => "0b",
        'o' if flags.sharp => "0",
        'x' if flags.sharp => "0x",
        'X' if flags.sharp => "0X",
        _ => "",
    };
    if let Some(precision) = flags.precision {
        if precision == 0 && magnitude.is_zero() {
            digits.clear();
        }
        digits = format!("{digits:0>precision$}");
    }
    let sign = sign(i.sign() == Sign::Minus, flags);
    // With a precision zeros do not fill the width.
    let zeros = flags.zero && !flags.minus && flags.precision.is_none();
    assemble(sign, prefix, &digits, flags, zeros)
}

/// `%e`, `%E`, `%f`, `%g` and `%G`.
pub(super) fn float(number: &Number, mode: char, flags: &Flags) -> String {
    let sign = sign(number.has_minus(), flags);
    let Some(exact) = Exact::of(number) else {
        let sign = if sign.is_empty() && !number.has_minus() { "+" } else { sign };
        return assemble(sign, "", "Inf", flags, false);
    };
    let digits = match (mode, flags.precision) {
        ('f', precision) => exact.fixed(precision.unwrap_or(6)),
        ('e' | 'E', precision) => exact.scientific(precision.unwrap_or(6), mode),
        (_, None) => general(&shortest_digits(number), None, mode),
        (_, Some(precision)) => {
            let precision = precision.max(1);
            general(&exact.significant(precision), Some(precision), mode)
        }
    };
    assemble(sign, "", &digits, flags, flags.zero && !flags.minus)
}

/// The number in the fewest digits, with an exponent if it is great or tiny.
pub(super) fn shortest(number: &Number) -> String {
    if number.is_infinite() {
        return if number.has_minus() { "-Inf" } else { "+Inf" }.to_owned();
    }
    let sign = if number.has_minus() { "-" } else { "" };
    let digits = shortest_digits(number);
    format!("{sign}{}", general(&digits, None, 'g'))
}

fn sign(negative: bool, flags: &Flags) -> &'static str {
    match (negative, flags.plus, flags.space) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    }
}

fn assemble(sign: &str, prefix: &str, digits: &str, flags: &Flags, zeros: bool) -> String {
    let length = sign.len() + prefix.len() + digits.len();
    let pad = flags.width.unwrap_or(0).saturating_sub(length);
    if flags.minus {
        format!("{sign}{prefix}{digits}{}", " ".repeat(pad))
    } else if zeros {
        format!("{sign}{prefix}{}{digits}", "0".repeat(pad))
    } else {
        format!("{}{sign}{prefix}{digits}", " ".repeat(pad))
    }
}

/// Decimal digits without leading and trailing zeros, and where the point is: in front of the
/// first digit at 0, behind it at 1.
struct Digits {
    digits: String,
    point: i64,
}

impl Digits {
    fn trimmed(digits: &str, point: i64) -> Digits {
        let lead = digits.bytes().take_while(|b| *b == b'0').count();
        let rest = digits[lead..].trim_end_matches('0');
        if rest.is_empty() {
            return Digits { digits: String::new(), point: 0 };
        }
        Digits { digits: rest.to_owned(), point: point - lead as i64 }
    }
}

/// The fewest digits that tell the number from all others.
fn shortest_digits(number: &Number) -> Digits {
    let text = number.to_string();
    let text = text.trim_start_matches('-');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Digits::trimmed(&format!("{whole}{fraction}"), whole.len() as i64)
}

/// A finite number as a quotient.
struct Exact {
    numerator: BigUint,
    denominator: BigUint,
}

impl Exact {
    fn of(number: &Number) -> Option<Exact> {
        let (mantissa, exponent) = number.mantissa_and_exponent()?;
        let (_, mantissa) = mantissa.into_parts();
        let power = BigUint::from(1_u8) << exponent.unsigned_abs();
        Some(if exponent >= 0 {
            Exact { numerator: mantissa * power, denominator: 1_u8.into() }
        } else {
            Exact { numerator: mantissa, denominator: power }
        })
    }

    /// The number times ten to this power, rounded to an integer, ties to even.
    fn scaled(&self, power: i64) -> BigUint {
        let ten = || BigUint::from(10_u8).pow(power.unsigned_abs());
        let (n, d) = if power >= 0 {
            (&self.numerator * ten(), self.denominator.clone())
        } else {
            (self.numerator.clone(), &self.denominator * ten())
        };
        let quotient = &n / &d;
        let twice: BigUint = (n - &quotient * &d) * 2_u8;
        let up = match twice.cmp(&d) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => quotient.bit(0),
            std::cmp::Ordering::Less => false,
        };
        if up { quotient + 1_u8 } else { quotient }
    }

    fn fixed(&self, precision: usize) -> String {
        let digits = self.scaled(precision as i64).to_string();
        let digits = format!("{digits:0>width$}", width = precision + 1);
        let (whole, fraction) = digits.split_at(digits.len() - precision);
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }

    /// So many digits, the first of which is not zero.
    fn significant(&self, count: usize) -> Digits {
        if self.numerator.is_zero() {
            return Digits { digits: String::new(), point: 0 };
        }
        // The estimate from the bits may be off by one, and rounding may add a digit.
        let bits = self.numerator.bits() as i64 - self.denominator.bits() as i64;
        let mut point = (bits as f64 * std::f64::consts::LOG10_2).floor() as i64 + 1;
        let count = count as i64;
        loop {
            let digits = self.scaled(count - point).to_string();
            match (digits.len() as i64).cmp(&count) {
                std::cmp::Ordering::Less => point -= 1,
                std::cmp::Ordering::Equal => return Digits::trimmed(&digits, point),
                std::cmp::Ordering::Greater => {
                    // Either the estimate was too low, or all nines were rounded up.
                    point += 1;
                }
            }
        }
    }

    fn scientific(&self, precision: usize, mode: char) -> String {
        let digits = self.significant(precision + 1);
        exponential(&digits, precision, mode)
    }
}

/// `d.ddde±dd`
fn exponential(digits: &Digits, precision: usize, mode: char) -> String {
    let exponent = if digits.digits.is_empty() { 0 } else { digits.point - 1 };
    let all = format!("{:0<width$}", digits.digits, width = precision + 1);
    let (first, rest) = all.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    let e = if mode.is_ascii_uppercase() { 'E' } else { 'e' };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{dot}{rest}{e}{sign}{:02}", exponent.unsigned_abs())
}

/// `%g`: the shorter of the two forms, as it is commonly understood.
fn general(digits: &Digits, precision: Option<usize>, mode: char) -> String {
    let count = digits.digits.len();
    let threshold = match precision {
        None => 6,
        Some(p) if p > count && count as i64 >= digits.point => count as i64,
        Some(p) => p as i64,
    };
    let exponent = digits.point - 1;
    if !digits.digits.is_empty() && (exponent < -4 || exponent >= threshold) {
        return exponential(digits, count.saturating_sub(1), if mode == 'G' { 'E' } else { 'e' });
    }
    let zeros = |n: i64| "0".repeat(usize::try_from(n).unwrap_or(0));
    match digits.point {
        _ if digits.digits.is_empty() => "0".to_owned(),
        ..=0 => format!("0.{}{}", zeros(-digits.point), digits.digits),
        point if point >= count as i64 => {
            format!("{}{}", digits.digits, zeros(point - count as i64))
        }
        point => {
            let (whole, fraction) = digits.digits.split_at(point as usize);
            format!("{whole}.{fraction}")
        }
    }
}
