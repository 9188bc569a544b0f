//! Guessing which name was meant.

/// The first of `candidates` that differs from `given` by at most two typing mistakes.
pub fn nearest_name<'a>(
    given: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates.into_iter().find(|candidate| distance_within(given, candidate, 2))
}

/// Whether the Levenshtein distance of two names is at most `limit`.
fn distance_within(a: &str, b: &str, limit: usize) -> bool {
    let b: Vec<char> = b.chars().collect();
    let length = a.chars().count();
    if length.abs_diff(b.len()) > limit {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()] <= limit
}

#[cfg(test)]
mod tests {
    use super::nearest_name;

    #[test]
    fn finds_what_is_two_mistakes_away() {
        let names = ["count", "for_each", "provider"];
        assert_eq!(nearest_name("conut", names), Some("count"));
        assert_eq!(nearest_name("foreach", names), Some("for_each"));
        assert_eq!(nearest_name("depends", names), None);
    }
}
