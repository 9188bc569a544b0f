//! Wrapping, quoting, counting.

/// The width that is taken for a terminal's where there is none.
pub const DEFAULT_WIDTH: usize = 78;

/// The text with lines broken between words so that they have no more than `limit` characters.
/// Words longer than that stay whole.
pub(crate) fn wrap_line(line: &str, limit: usize) -> String {
    let mut out = String::with_capacity(line.len() + line.len() / limit.max(1) + 1);
    let mut column = 0;
    let mut rest = line;
    while !rest.is_empty() {
        let (space, after) = split_where(rest, |c| !is_break(c));
        let (word, after) = split_where(after, is_break);
        let gap = space.chars().count();
        let length = word.chars().count();
        // The shortest beginning of the word that does not fit any more; a beginning as long as
        // a line would not fit on the next one either.
        let excess = (limit + 1).saturating_sub(column + gap).max(1);
        if excess <= length && excess < limit {
            out.push('\n');
            column = length;
        } else if length == 0 && column + gap > limit {
            // Spaces at the end of the line that do not fit.
        } else {
            out.push_str(space);
            column += gap + length;
        }
        out.push_str(word);
        rest = after;
    }
    out
}

fn split_where(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

/// A space where a line may be broken.
fn is_break(c: char) -> bool {
    c.is_whitespace() && c != '\u{a0}'
}

/// The text of several lines wrapped for a terminal of `width` columns. Indented lines stay as
/// they are.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    if width <= 1 {
        return text.to_owned();
    }
    wrap_to(text, width - 1)
}

/// The text of several lines wrapped to `limit` columns. Indented lines stay as they are.
pub(crate) fn wrap_to(text: &str, limit: usize) -> String {
    let lines = text.split('\n').map(|line| match line.starts_with(' ') {
        true => line.to_owned(),
        false => wrap_line(line, limit),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A line across the terminal.
pub fn rule(width: usize) -> String {
    "─".repeat(width.saturating_sub(1))
}

/// `1 thing`, `2 things`
pub(crate) fn counted(count: usize, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// The name of an attribute as it can stand on the left of an equals sign.
pub(crate) fn attribute_name(name: &str) -> String {
    if groma_hcl::is_identifier(name) { name.to_owned() } else { groma_hcl::quote_visibly(name) }
}

/// Pads with spaces to a width that was measured in bytes.
pub(crate) fn pad(out: &mut String, text: &str, width: usize) {
    out.push_str(text);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(text.chars().count())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_between_words() {
        assert_eq!(wrap_line("one two three", 7), "one two\nthree");
        assert_eq!(wrap_line("one two three", 6), "one\ntwo\nthree");
        assert_eq!(wrap_line("one  two", 8), "one  two");
        assert_eq!(wrap_line("a verylongword b", 5), "a\nverylongword\nb");
        assert_eq!(wrap_line("verylongword", 5), "verylongword");
        assert_eq!(wrap_line("one two ", 7), "one two");
        assert_eq!(wrap_line("", 5), "");
    }

    #[test]
    fn leaves_indented_lines() {
        assert_eq!(wrap("one two\n  one two three", 5), "one\ntwo\n  one two three");
    }

    #[test]
    fn quotes_names_that_need_it() {
        assert_eq!(attribute_name("a-b"), "a-b");
        assert_eq!(attribute_name("a b"), "\"a b\"");
    }
}
