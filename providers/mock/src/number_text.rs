//! How numbers are written in stored files.

/// A number in the shortest general form: with an exponent if that is below -4 or above 5, in full
/// otherwise. `text` is the number in full.
pub(crate) fn general(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return text.to_owned();
    }
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.bytes().take_while(|b| *b == b'0').count();
    let significant = all[leading..].trim_end_matches('0');
    if significant.is_empty() {
        return format!("{sign}0");
    }
    // The position of the decimal point, counted from the first significant digit.
    let point = whole.len() as i64 - leading as i64;
    let exponent = point - 1;
    if (-4..6).contains(&exponent) {
        return text.to_owned();
    }
    let (first, rest) = significant.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{dot}{rest}e{exponent_sign}{:02}", exponent.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::general;

    #[test]
    fn great_and_tiny_numbers_have_exponents() {
        for (full, expected) in [
            ("0", "0"),
            ("404", "404"),
            ("123456", "123456"),
            ("1000000", "1e+06"),
            ("987654321", "9.87654321e+08"),
            ("-1234567.5", "-1.2345675e+06"),
            ("0.1", "0.1"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("-0.000025", "-2.5e-05"),
            ("+Inf", "+Inf"),
        ] {
            assert_eq!(general(full), expected, "{full}");
        }
    }
}
