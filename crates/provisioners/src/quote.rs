//! Commands as they are shown, and as a shell takes them.

use std::fmt::Write as _;

/// A list of words as `["a" "b c"]`.
pub(crate) fn word_list<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<String> = words.iter().map(|w| quoted(w.as_ref())).collect();
    format!("[{}]", words.join(" "))
}

/// A text in double quotes, what cannot be printed escaped.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            // Writing to a string does not fail.
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x80 => drop(write!(out, "\\x{:02x}", u32::from(c))),
            c if u32::from(c) < 0x1_0000 => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => drop(write!(out, "\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// Words as a POSIX shell takes them for what they are.
pub(crate) fn shell_words(words: &[&str]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    let quote = |word: &&str| match !word.is_empty() && word.chars().all(plain) {
        true => (*word).to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

fn is_printable(c: char) -> bool {
    let invisible = matches!(
        c,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..
    );
    c == ' ' || !(c.is_control() || c.is_whitespace() || invisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shells_see_words_as_they_are() {
        let words = ["chmod", "0777", "/tmp/a b", "it's", "$(rm)", ""];
        assert_eq!(shell_words(&words), r"chmod 0777 '/tmp/a b' 'it'\''s' '$(rm)' ''");
    }

    #[test]
    fn words_are_shown_in_quotes() {
        assert_eq!(
            word_list(&["/bin/sh", "-c", "echo \"a\"\n"]),
            r#"["/bin/sh" "-c" "echo \"a\"\n"]"#
        );
        assert_eq!(quoted("é\u{1b}\u{a0}😀\u{10ffff}"), "\"é\\x1b\\u00a0😀\\U0010ffff\"");
    }
}
