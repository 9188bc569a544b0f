//! What counts as one character of a string.

use unicode_segmentation::UnicodeSegmentation;

/// The grapheme clusters of a text.
///
/// Newer versions of Unicode keep a consonant with the one before it where Indic scripts join the
/// two into a conjunct. The language counts them apart, as it always has.
pub(super) fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.graphemes(true).flat_map(|cluster| {
        let mut pieces = Vec::new();
        let mut start = 0;
        if !cluster.is_ascii() {
            for (at, c) in cluster.char_indices().skip(1) {
                if begins_conjunct_part(c) {
                    pieces.push(&cluster[start..at]);
                    start = at;
                }
            }
        }
        pieces.push(&cluster[start..]);
        pieces
    })
}

/// How many grapheme clusters there are.
pub(super) fn count(text: &str) -> usize {
    graphemes(text).count()
}

/// Whether it is a consonant of a script that joins consonants.
fn begins_conjunct_part(c: char) -> bool {
    const CONSONANTS: [(char, char); 26] = [
        ('\u{0915}', '\u{0939}'),
        ('\u{0958}', '\u{095f}'),
        ('\u{0978}', '\u{097f}'),
        ('\u{0995}', '\u{09a8}'),
        ('\u{09aa}', '\u{09b0}'),
        ('\u{09b2}', '\u{09b2}'),
        ('\u{09b6}', '\u{09b9}'),
        ('\u{09dc}', '\u{09df}'),
        ('\u{09f0}', '\u{09f1}'),
        ('\u{0a95}', '\u{0aa8}'),
        ('\u{0aaa}', '\u{0ab0}'),
        ('\u{0ab2}', '\u{0ab3}'),
        ('\u{0ab5}', '\u{0ab9}'),
        ('\u{0af9}', '\u{0af9}'),
        ('\u{0b15}', '\u{0b28}'),
        ('\u{0b2a}', '\u{0b30}'),
        ('\u{0b32}', '\u{0b33}'),
        ('\u{0b35}', '\u{0b39}'),
        ('\u{0b5c}', '\u{0b5f}'),
        ('\u{0b71}', '\u{0b71}'),
        ('\u{0c15}', '\u{0c28}'),
        ('\u{0c2a}', '\u{0c39}'),
        ('\u{0c58}', '\u{0c5a}'),
        ('\u{0d15}', '\u{0d3a}'),
        ('\u{1000}', '\u{102a}'),
        ('\u{1780}', '\u{17b3}'),
    ];
    CONSONANTS.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conjuncts_are_counted_apart() {
        assert_eq!(count("क्षि"), 2);
        assert_eq!(count("e\u{301}👨\u{200d}👩"), 2);
        assert_eq!(graphemes("ab").rev().collect::<String>(), "ba");
    }
}
