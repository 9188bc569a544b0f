//! Sets: their canonical order, and which elements are the same.
//!
//! Primitive values are in their natural order. Others are in the byte order of a text that spells
//! them out, which is the order in which Terraform goes through such sets: it shows in plans, in
//! outputs and in the results of `for`.

use std::cmp::Ordering;

use crate::{Kind, Marks, Number, OpError, Type, Value};

impl Value {
    /// A set; every item must be of type `element`. Items that are the same are kept once; those
    /// with unknown parts are all kept. The items' marks become the set's.
    ///
    /// If `element` is dynamic, it becomes the type of the items.
    pub fn set(element: Type, items: Vec<Value>) -> Value {
        let mut marks = Marks::NONE;
        let mut plain = Vec::with_capacity(items.len());
        for item in items {
            let (item, found) = item.unmark_deep();
            marks = marks.union(&found);
            plain.push(item);
        }
        let element = match element {
            Type::Dynamic => common_type(&plain).unwrap_or(Type::Dynamic),
            element => element,
        };
        let items = canonical(&element, plain);
        Value::set_of_canonical(element, items).with_marks(&marks)
    }

    pub(crate) fn is_set(&self) -> bool {
        matches!(self.kind(), Kind::Set(_))
            || matches!(self.kind(), Kind::Unknown(u) if matches!(u.ty, Type::Set(_)))
    }

    /// Whether a set has this element; unknown if that cannot be told yet.
    pub fn has_element(&self, element: &Value) -> Result<Value, OpError> {
        let (element, marks) = element.clone().unmark_deep();
        let unknown = || Value::unknown(Type::Bool).refine_not_null();
        let found = match self.kind() {
            Kind::Unknown(_) => unknown(),
            Kind::Set(set) => {
                if element.is_wholly_known() && set.items.contains(&element) {
                    Value::TRUE
                } else if set.items.is_empty()
                    || (element.is_wholly_known() && set.items.iter().all(Value::is_wholly_known))
                {
                    Value::FALSE
                } else {
                    unknown()
                }
            }
            Kind::Null(_) => return Err(OpError::Null),
            _ => return Err(OpError::WrongType("set")),
        };
        Ok(found.with_marks(self.marks()).with_marks(&marks))
    }

    /// The element of a set that is this value, with the marks of the set.
    pub(crate) fn set_member(&self, key: &Value) -> Result<Value, OpError> {
        let found = self.has_element(key)?;
        match found.kind() {
            Kind::Bool(true) => Ok(key.clone().with_marks(found.marks())),
            Kind::Bool(false) => Err(OpError::NoElement),
            _ => {
                let element = self.ty().element().cloned().unwrap_or(Type::Dynamic);
                Ok(Value::unknown(element).with_marks(found.marks()))
            }
        }
    }
}

/// The one type of all the values, those apart whose type is open; `None` if there are several or
/// no values.
pub(crate) fn common_type<'a>(values: impl IntoIterator<Item = &'a Value>) -> Option<Type> {
    let mut common: Option<Type> = None;
    for value in values {
        match &common {
            Some(ty) if value.has_type(ty) || value.has_type(&Type::Dynamic) => {}
            None | Some(Type::Dynamic) => common = Some(value.ty()),
            Some(_) => return None,
        }
    }
    common
}

/// The value, given this type if its own is open.
pub(crate) fn with_known_type(value: Value, ty: &Type) -> Value {
    match value.kind() {
        Kind::Null(Type::Dynamic) => Value::null(ty.clone()).with_marks(value.marks()),
        Kind::Unknown(u) if u.ty == Type::Dynamic => {
            Value::unknown(ty.clone()).with_marks(value.marks())
        }
        _ => value,
    }
}

fn canonical(element: &Type, mut items: Vec<Value>) -> Vec<Value> {
    if items.len() < 2 {
        return items;
    }
    if element.is_primitive() {
        items.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    } else {
        let mut keyed: Vec<(u8, Vec<u8>, Value)> = items
            .into_iter()
            .map(|item| {
                let mut key = Vec::new();
                write_key(&item, &mut key);
                (rank(&item), key, item)
            })
            .collect();
        keyed.sort();
        items = keyed.into_iter().map(|(_, _, item)| item).collect();
    }
    items.dedup_by(|a, b| a == b && a.is_wholly_known());
    items
}

/// Known values come first, nulls last.
fn rank(value: &Value) -> u8 {
    match value.kind() {
        Kind::Unknown(_) => 1,
        Kind::Null(_) => 2,
        _ => 0,
    }
}

/// The text by which elements are ordered.
fn write_key(value: &Value, key: &mut Vec<u8>) {
    let sequence = |items: &[Value], brackets: [u8; 2], key: &mut Vec<u8>| {
        key.push(brackets[0]);
        for item in items {
            write_key(item, key);
            key.push(b';');
        }
        key.push(brackets[1]);
    };
    match value.kind() {
        Kind::Unknown(_) => key.push(b'?'),
        Kind::Null(_) => key.push(b'~'),
        Kind::Bool(b) => key.push(if *b { b'T' } else { b'F' }),
        Kind::Number(n) => key.extend_from_slice(ten_digits(n).as_bytes()),
        Kind::String(s) => write_quoted(s, key),
        Kind::List(l) => sequence(&l.items, *b"[]", key),
        Kind::Set(s) => sequence(&s.items, *b"[]", key),
        Kind::Tuple(items) => sequence(items, *b"<>", key),
        Kind::Object(entries) => {
            key.push(b'<');
            for value in entries.values() {
                write_key(value, key);
                key.push(b';');
            }
            key.push(b'>');
        }
        Kind::Map(m) => {
            key.push(b'{');
            for (name, value) in m.entries.iter() {
                write_quoted(name, key);
                key.push(b':');
                write_key(value, key);
                key.push(b';');
            }
            key.push(b'}');
        }
    }
}

/// The number with ten significant digits, and an exponent if it is great or tiny.
fn ten_digits(number: &Number) -> String {
    const DIGITS: usize = 10;
    let text = number.to_string();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", &*text),
    };
    let plain = text.len() <= DIGITS && !text.contains('.');
    if plain || number.is_infinite() || number.is_zero() {
        return format!("{sign}{text}");
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all = format!("{whole}{fraction}");
    let lead = all.bytes().take_while(|b| *b == b'0').count();
    let mut point = whole.len() as i64 - lead as i64;
    let (digits, carried) = round_to(&all[lead..], DIGITS);
    point += i64::from(carried);
    let exponent = point - 1;
    let threshold =
        if digits.len() < DIGITS && digits.len() as i64 >= point { digits.len() } else { DIGITS };
    if exponent < -4 || exponent >= threshold as i64 {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{dot}{rest}e{exponent_sign}{:02}", exponent.unsigned_abs());
    }
    let zeros = |n: i64| "0".repeat(n.unsigned_abs() as usize);
    let count = digits.len() as i64;
    match point {
        ..=0 => format!("{sign}0.{}{digits}", zeros(point)),
        _ if point >= count => format!("{sign}{digits}{}", zeros(point - count)),
        _ => format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..]),
    }
}

/// Rounds decimal digits to so many, ties to even, without zeros at the end; and whether that made
/// one digit more in front.
fn round_to(digits: &str, count: usize) -> (String, bool) {
    let mut kept: Vec<u8> = digits.bytes().take(count).collect();
    let rest = digits.as_bytes().get(count..).unwrap_or(&[]);
    let up = match rest.first() {
        None => false,
        Some(b'5') if rest[1..].iter().all(|b| *b == b'0') => {
            kept.last().is_some_and(|d| d % 2 == 1)
        }
        Some(digit) => *digit >= b'5',
    };
    let mut carry = up;
    for digit in kept.iter_mut().rev() {
        match (carry, *digit) {
            (false, _) => break,
            (true, b'9') => *digit = b'0',
            (true, _) => {
                *digit += 1;
                carry = false;
            }
        }
    }
    if carry {
        kept.insert(0, b'1');
    }
    let text: String = kept.into_iter().map(char::from).collect();
    (text.trim_end_matches('0').to_owned(), carry)
}

/// The string in double quotes as Go quotes it.
fn write_quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend_from_slice(&[b'\\', c as u8]),
            '\u{7}' => out.extend_from_slice(b"\\a"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\u{b}' => out.extend_from_slice(b"\\v"),
            ' '..='~' => out.push(c as u8),
            '\0'..='\u{7f}' => out.extend_from_slice(format!("\\x{:02x}", c as u32).as_bytes()),
            _ if is_printable(c) => {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            '\u{80}'..='\u{ffff}' => {
                out.extend_from_slice(format!("\\u{:04x}", c as u32).as_bytes())
            }
            _ => out.extend_from_slice(format!("\\U{:08x}", c as u32).as_bytes()),
        }
    }
    out.push(b'"');
}

fn is_printable(c: char) -> bool {
    // Behind another character, combining ones are not escaped for being at the start.
    let text: String = ['a', c].iter().collect();
    text.escape_debug().nth(1) == Some(c)
}

/// The order in which a set goes through two of its elements, of type `element`.
pub fn compare_elements(element: &Type, a: &Value, b: &Value) -> Ordering {
    let natural = || {
        if element.is_primitive() {
            return a.cmp(b);
        }
        let key = |value: &Value| {
            let mut key = Vec::new();
            write_key(value, &mut key);
            key
        };
        key(a).cmp(&key(b)).then_with(|| a.cmp(b))
    };
    rank(a).cmp(&rank(b)).then_with(natural)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(set: &Value) -> Vec<String> {
        let items = set.as_sequence().unwrap_or_default();
        items
            .iter()
            .map(|item| {
                let mut key = Vec::new();
                write_key(item, &mut key);
                String::from_utf8_lossy(&key).into_owned()
            })
            .collect()
    }

    fn object(a: impl Into<Value>) -> Value {
        Value::object_of([("a", a.into())])
    }

    #[test]
    fn primitives_are_in_natural_order_and_once() {
        let items = [20, 3, 100, 3].map(|i| Value::from(i64::from(i))).to_vec();
        assert_eq!(shown(&Value::set(Type::Number, items)), ["3", "20", "100"]);
        let unknown = Value::unknown(Type::String);
        let items = vec![
            Value::null(Type::String),
            "b".into(),
            unknown.clone(),
            "a".into(),
            unknown,
            "b".into(),
        ];
        assert_eq!(shown(&Value::set(Type::String, items)), ["\"a\"", "\"b\"", "?", "?", "~"]);
    }

    #[test]
    fn objects_are_in_the_order_of_their_text() {
        let ty = Type::object([("a", Type::Number)]);
        let items = vec![object(3), object(20), object(100), object(20)];
        assert_eq!(shown(&Value::set(ty, items)), ["<100;>", "<20;>", "<3;>"]);
        let ty = Type::object([("a", Type::Bool)]);
        assert_eq!(shown(&Value::set(ty, vec![object(true), object(false)])), ["<F;>", "<T;>"]);
    }

    #[test]
    fn partly_unknown_elements_are_all_kept() {
        let ty = Type::object([("a", Type::Number)]);
        let item = object(Value::unknown(Type::Number));
        assert_eq!(shown(&Value::set(ty, vec![item.clone(), item])).len(), 2);
    }

    #[test]
    fn marks_move_to_the_set() {
        let items = vec![Value::from("a").marked(crate::Mark::Sensitive), "a".into()];
        let set = Value::set(Type::String, items);
        assert!(set.is_sensitive());
        assert_eq!(set.unmark().0, Value::set(Type::String, vec!["a".into()]));
    }

    #[test]
    fn numbers_have_ten_digits_in_the_text() {
        for (number, expected) in [
            ("0", "0"),
            ("-0", "-0"),
            ("1234567890", "1234567890"),
            ("12345678901", "1.23456789e+10"),
            ("100000", "100000"),
            ("1e20", "1e+20"),
            ("0.1", "0.1"),
            ("-1.5", "-1.5"),
            ("0.00001", "1e-05"),
            ("0.0001", "0.0001"),
            ("123456.789012", "123456.789"),
            ("99999999999", "1e+11"),
            ("9999999999.7", "1e+10"),
        ] {
            let number = Number::parse(number).unwrap_or_else(|| panic!("{number}"));
            assert_eq!(ten_digits(&number), expected);
        }
    }

    #[test]
    fn strings_are_quoted() {
        let mut out = Vec::new();
        write_quoted("a\"\\\n\u{1}\u{7f}é\u{301}\u{200b}\u{e0001}", &mut out);
        assert_eq!(
            String::from_utf8_lossy(&out),
            "\"a\\\"\\\\\\n\\x01\\x7fé\u{301}\\u200b\\U000e0001\""
        );
    }
}
