//! JSON text: compact in memory, indented in the file.

/// How deep JSON may be nested. No provider's objects come near it, and a file that is made to be
/// deeper would grow without bounds when it is indented.
const MAX_DEPTH: usize = 1000;

/// Brings JSON text into the form in which it is kept: without space between the tokens, and with
/// the characters escaped that Terraform escapes in strings. The text must be valid JSON; `None` if it is nested too
/// deep.
pub(crate) fn compact(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut depth = 0usize;
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b' ' | b'\t' | b'\n' | b'\r' => i += 1,
            b'"' => {
                let end = string_end(bytes, i);
                escape_html(&bytes[i..end], &mut out);
                i = end;
            }
            b => {
                match b {
                    b'{' | b'[' if depth == MAX_DEPTH => return None,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                out.push(b);
                i += 1;
            }
        }
    }
    out.shrink_to_fit();
    Some(out)
}

/// The end of the string that begins at `start`, quotes included.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut i = start + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'"' => return i + 1,
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    bytes.len()
}

/// Copies a string with what could be taken for HTML escaped.
fn escape_html(bytes: &[u8], out: &mut Vec<u8>) {
    let mut done = 0;
    for (i, b) in bytes.iter().enumerate() {
        let (escape, length): (&[u8], usize) = match b {
            b'<' => (b"\\u003c", 1),
            b'>' => (b"\\u003e", 1),
            b'&' => (b"\\u0026", 1),
            0xE2 if bytes[i..].starts_with("\u{2028}".as_bytes()) => (b"\\u2028", 3),
            0xE2 if bytes[i..].starts_with("\u{2029}".as_bytes()) => (b"\\u2029", 3),
            _ => continue,
        };
        out.extend_from_slice(&bytes[done..i]);
        out.extend_from_slice(escape);
        done = i + length;
    }
    out.extend_from_slice(&bytes[done..]);
}

/// A quoted string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut done = 0;
    for (i, &b) in bytes.iter().enumerate() {
        let short = match b {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0C => b'f',
            0..0x20 => 0,
            _ => continue,
        };
        escape_html(&bytes[done..i], out);
        if short != 0 {
            out.extend_from_slice(&[b'\\', short]);
        } else {
            let (high, low) = (HEX[usize::from(b >> 4)], HEX[usize::from(b & 15)]);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
        done = i + 1;
    }
    escape_html(&bytes[done..], out);
    out.push(b'"');
}

/// A new line at this depth.
pub(super) fn line(depth: usize, out: &mut Vec<u8>) {
    const SPACES: &[u8; 64] = &[b' '; 64];
    out.push(b'\n');
    let mut left = depth * 2;
    while left > 0 {
        let n = left.min(SPACES.len());
        out.extend_from_slice(&SPACES[..n]);
        left -= n;
    }
}

/// Indents compact JSON that begins at this depth.
pub(super) fn indent(text: &[u8], depth: usize, out: &mut Vec<u8>) {
    let mut depth = depth;
    let mut i = 0;
    while i < text.len() {
        let b = text[i];
        match b {
            b'"' => {
                let end = string_end(text, i).min(text.len());
                out.extend_from_slice(&text[i..end]);
                i = end;
                continue;
            }
            b'{' | b'[' => {
                out.push(b);
                if matches!(text.get(i + 1), Some(b'}' | b']')) {
                    out.push(text[i + 1]);
                    i += 1;
                } else {
                    depth += 1;
                    line(depth, out);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                line(depth, out);
                out.push(b);
            }
            b',' => {
                out.push(b);
                line(depth, out);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(b),
        }
        i += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compacting_and_indenting_keep_numbers_keys_and_strings() {
        let text = "{ \"b\" : [ ] , \"a\" : [ 1.50 , {} , \"x \\\" { <\u{2028}é\" ],\n\"c\":{\"d\":null} }";
        let compacted = compact(text).unwrap();
        assert_eq!(
            String::from_utf8(compacted.clone()).unwrap(),
            r#"{"b":[],"a":[1.50,{},"x \" { \u003c\u2028é"],"c":{"d":null}}"#
        );
        let mut out = Vec::new();
        indent(&compacted, 1, &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\n    \"b\": [],\n    \"a\": [\n      1.50,\n      {},\n      \"x \\\" { \\u003c\\u2028é\"\n    ],\n    \"c\": {\n      \"d\": null\n    }\n  }"
        );
    }

    #[test]
    fn strings_are_escaped_as_terraform_escapes_them() {
        let mut out = Vec::new();
        string("a\"\\\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}<>&\u{2029}é", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\u{7f}\\u003c\\u003e\\u0026\\u2029é\""
        );
    }

    #[test]
    fn a_string_that_does_not_end_is_no_danger() {
        let mut out = Vec::new();
        indent(b"{\"a\\", 0, &mut out);
        assert!(compact("\"abc\\").is_some());
        assert!(compact(&"[".repeat(MAX_DEPTH + 1)).is_none());
    }
}
