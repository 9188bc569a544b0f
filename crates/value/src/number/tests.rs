//! Expected texts were observed from `terraform console`.

use super::*;

fn n(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text} must be a number"))
}

fn check(actual: Option<Number>, expected: &str) {
    assert_eq!(actual.map(|n| n.to_string()).as_deref(), Some(expected));
}

#[test]
fn reads_and_writes() {
    for (text, expected) in [
        ("0", "0"),
        ("-0", "-0"),
        ("-0.0", "-0"),
        ("007", "7"),
        ("1.", "1"),
        (".5", "0.5"),
        ("+5", "5"),
        ("1e5", "100000"),
        ("1p5", "32"),
        ("0.1", "0.1"),
        ("1.50", "1.5"),
        ("1.5e-10", "0.00000000015"),
        ("1e30", "1000000000000000000000000000000"),
        ("9223372036854775807", "9223372036854775807"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("9223372036854775808", "9223372036854775808"),
        ("123456789123456789123456789", "123456789123456789123456789"),
        ("inf", "+Inf"),
        ("-Inf", "-Inf"),
        ("1e-30", "0.000000000000000000000000000001"),
        ("1e1000000000", "+Inf"),
        ("-1e1000000000", "-Inf"),
        ("1e-1000000000", "0"),
    ] {
        assert_eq!(n(text).to_string(), expected, "{text}");
    }
    assert_eq!(n("1e400").to_string(), format!("1{}", "0".repeat(400)));
    assert_eq!(n("1e10000").to_string(), format!("1{}", "0".repeat(10_000)));
    assert_eq!(n("1.25e-9000").to_string(), format!("0.{}125", "0".repeat(8999)));
}

#[test]
fn refuses_what_is_no_number() {
    for text in [
        "",
        "-",
        "+",
        ".",
        "e5",
        "1e",
        "1e+",
        "0x10",
        "1_0",
        " 1",
        "1 ",
        "--1",
        "1e5.0",
        "1e99999999999",
        "٣",
        "NaN",
        "Infinity",
    ] {
        assert!(Number::parse(text).is_none(), "{text}");
    }
}

#[test]
fn small_integers_have_one_form() {
    for text in ["5", "5.0", "0.5e1", "50e-1", "+5"] {
        assert!(matches!(n(text), Number::Int(5)), "{text}");
    }
    assert!(matches!(n("1e18"), Number::Int(1_000_000_000_000_000_000)));
    assert!(matches!(n("-0"), Number::Big(_)));
    assert_eq!(n("-0"), n("0"));
    assert!(matches!(n("9223372036854775808").checked_sub(&n("1")), Some(Number::Int(i64::MAX))));
}

#[test]
fn arithmetic_is_of_512_bits() {
    check(n("0.1").checked_add(&n("0.2")), "0.3");
    assert_eq!(n("0.1").checked_add(&n("0.2")), Some(n("0.3")));
    assert_ne!(n("1.1").checked_sub(&n("1")), Some(n("0.1")));
    let tail = format!("1.21{}1", "0".repeat(151));
    check(n("1.1").checked_mul(&n("1.1")), &tail);
    check(n("1").checked_div(&n("3")), &format!("0.{}5", "3".repeat(154)));
    check(n("-2").checked_div(&n("3")), &format!("-0.{}7", "6".repeat(153)));
    check(
        n("1e30").checked_add(&n("1e-30")),
        "1000000000000000000000000000000.000000000000000000000000000001",
    );
    check(n("1e300").checked_add(&n("1")), &format!("1{}", "0".repeat(300)));
    check(n("9223372036854775807").checked_add(&n("1")), "9223372036854775808");
    check(n("-9223372036854775808").checked_div(&n("-1")), "9223372036854775808");
    check(n("9223372036854775807").checked_mul(&n("2")), "18446744073709551614");
}

#[test]
fn signs_of_zero() {
    check(n("0").checked_mul(&n("-1")), "-0");
    check(n("0").checked_div(&n("-1")), "-0");
    check(Some(n("0").neg()), "-0");
    check(n("-0").checked_add(&n("0")), "0");
    check(n("-0").checked_sub(&n("0")), "-0");
    check(Some(n("-0").abs()), "0");
    check(n("1").checked_div(&n("-0")), "-Inf");
    check(n("-0").checked_rem(&n("-0.5")), "0");
    check(n("-0").checked_rem(&n("0.5")), "-0");
}

#[test]
fn infinities() {
    let inf = Number::infinity(false);
    check(n("1").checked_div(&n("0")), "+Inf");
    assert_eq!(n("0").checked_div(&n("0")), None);
    assert_eq!(inf.checked_sub(&inf), None);
    assert_eq!(inf.checked_mul(&n("0")), None);
    assert_eq!(inf.checked_div(&inf), None);
    assert_eq!(n("5").checked_rem(&inf), None);
    assert_eq!(inf.checked_rem(&n("5")), None);
    check(n("5").checked_div(&inf), "0");
    check(Some(inf.floor()), "+Inf");
    assert!(inf > n("1e1000"));
    assert!(inf.neg() < n("-1e1000"));
    assert_eq!(inf.to_f64(), f64::INFINITY);
}

#[test]
fn remainders_have_the_sign_of_the_dividend() {
    check(n("5.5").checked_rem(&n("2")), "1.5");
    check(n("-5.5").checked_rem(&n("2")), "-1.5");
    check(n("-5").checked_rem(&n("3")), "-2");
    check(n("5").checked_rem(&n("-3")), "2");
    check(n("5").checked_rem(&n("0")), "5");
    check(n("1e30").checked_rem(&n("7")), "1");
    check(n("1e-30").checked_rem(&n("7")), "0.000000000000000000000000000001");
    check(n("5").checked_rem(&n("0.3")), &format!("0.1{}76", "9".repeat(152)));
}

#[test]
fn rounds_to_integers() {
    for (text, floor, ceil) in [
        ("0.5", "0", "1"),
        ("-0.5", "-1", "0"),
        ("3", "3", "3"),
        ("1e30", "1000000000000000000000000000000", "1000000000000000000000000000000"),
    ] {
        assert_eq!(n(text).floor().to_string(), floor);
        assert_eq!(n(text).ceil().to_string(), ceil);
    }
}

#[test]
fn floats_are_written_as_floats_until_they_meet_better() {
    let tenth = Number::from_f64(0.1).expect("a number");
    assert_eq!(tenth.to_string(), "0.1");
    assert_eq!(tenth, n("0.1"));
    check(tenth.checked_mul(&n("1")), "0.1000000000000000055511151231257827021181583404541015625");
    assert_ne!(tenth.checked_mul(&n("1")), Some(n("0.1")));
    let power = Number::from_f64(2f64.powi(60)).expect("a number");
    assert_eq!(power.to_string(), "1152921504606847000");
    assert_eq!(power, n("1152921504606846976"));
    assert_eq!(power.as_i64(), Some(1 << 60));
    check(power.checked_add(&n("0")), "1152921504606846976");
    let great = Number::from_f64(2f64.powi(600)).expect("a number");
    assert_eq!(great.to_string(), format!("4149515568880993{}", "0".repeat(165)));
    assert!(Number::from_f64(f64::NAN).is_none());
}

#[test]
fn to_floats_and_back() {
    for f in [
        0.1,
        -2.5,
        1e300,
        5e-324,
        2.2250738585072014e-308,
        1e-310,
        f64::MAX,
        -f64::MIN_POSITIVE,
        123456.789,
    ] {
        let number = Number::from_f64(f).expect("a number");
        assert_eq!(number.to_f64(), f);
        assert_eq!(number.as_f64_exact(), Some(f));
        assert_eq!(n(&format!("{f}")).to_f64(), f);
    }
    assert_eq!(n("0.1").as_f64_exact(), None);
    assert_eq!(n("1e400").to_f64(), f64::INFINITY);
    assert_eq!(n("1e-400").to_f64(), 0.0);
    assert_eq!(n("9007199254740993").as_f64_exact(), None);
    assert_eq!(n("9223372036854775807").as_f64_exact(), None);
    assert_eq!(n("-0").to_f64().to_bits(), (-0.0f64).to_bits());
}

#[test]
fn compares() {
    let ordered = [
        "-Inf",
        "-1e40",
        "-3",
        "-0.5",
        "0",
        "1e-9",
        "0.1",
        "1",
        "1.5",
        "9223372036854775808",
        "1e30",
        "Inf",
    ];
    for pair in ordered.windows(2) {
        assert_eq!(n(pair[0]).compare(&n(pair[1])), Ordering::Less);
        assert_eq!(n(pair[1]).cmp(&n(pair[0])), Ordering::Greater);
    }
}

#[test]
fn keeps_great_integers_whole() {
    let great = BigInt::from(7).pow(900u32);
    let number = Number::from(great.clone());
    assert_eq!(number.to_string(), great.to_string());
    assert_eq!(number.as_bigint(), Some(great));
    assert_eq!(Number::from(u64::MAX).as_u64(), Some(u64::MAX));
    assert_eq!(Number::from(u64::MAX).as_i64(), None);
}
