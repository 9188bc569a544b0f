//! Which elements of two sequences belong together.

use std::collections::BTreeMap;

use groma_value::Value;

/// Beyond this many comparisons the longest common part is no longer looked for; only what is
/// equal at both ends counts as common.
const MOST_COMPARISONS: usize = 4_000_000;

/// An element before and the one after that belongs to it.
pub(super) type Match = (Option<usize>, Option<usize>);

/// Pairs the elements of two lists in the order in which they are shown: common ones with each
/// other, others alone, but where `alike` says that they can be compared.
pub(super) fn pair<T>(
    before: &[T],
    after: &[T],
    same: impl Fn(&T, &T) -> bool,
    alike: impl Fn(&T, &T) -> bool,
) -> Vec<Match> {
    let common = longest_common(before, after, &same);
    let mut pairs = Vec::with_capacity(before.len().max(after.len()));
    let (mut b, mut a) = (0, 0);
    for next in common.iter().map(|i| Some(&before[*i])).chain([None]) {
        let is_next = |item: &T| next.is_some_and(|next| same(item, next));
        while b < before.len() && !is_next(&before[b]) {
            if a < after.len() && !is_next(&after[a]) && alike(&before[b], &after[a]) {
                pairs.push((Some(b), Some(a)));
                a += 1;
            } else {
                pairs.push((Some(b), None));
            }
            b += 1;
        }
        while a < after.len() && !is_next(&after[a]) {
            pairs.push((None, Some(a)));
            a += 1;
        }
        if next.is_some() {
            pairs.push((Some(b), Some(a)));
            b += 1;
            a += 1;
        }
    }
    pairs
}

/// The indices in `before` of a longest sequence of elements that both lists have in this order.
fn longest_common<T>(before: &[T], after: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
    let ends = before.iter().rev().zip(after.iter().rev());
    let tail = ends.take_while(|(b, a)| same(b, a)).count();
    let (b, a) = (&before[..before.len() - tail], &after[..after.len() - tail]);
    let mut common = if b.len().saturating_mul(a.len()) <= MOST_COMPARISONS {
        common_by_table(b, a, same)
    } else {
        let head = b.iter().zip(a).take_while(|(b, a)| same(b, a)).count();
        (0..head).collect()
    };
    common.extend(b.len()..before.len());
    common
}

fn common_by_table<T>(before: &[T], after: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
    let (width, height) = (before.len(), after.len());
    // How many are common to the first x of one and the first y of the other, at [y][x].
    let mut lengths = vec![0u32; (width + 1) * (height + 1)];
    let mut equal = vec![false; width * height];
    let at = |x: usize, y: usize| y * (width + 1) + x;
    for y in 0..height {
        for x in 0..width {
            let is_equal = same(&before[x], &after[y]);
            equal[y * width + x] = is_equal;
            lengths[at(x + 1, y + 1)] = if is_equal {
                lengths[at(x, y)] + 1
            } else {
                lengths[at(x, y + 1)].max(lengths[at(x + 1, y)])
            };
        }
    }
    let mut common = Vec::new();
    let (mut x, mut y) = (width, height);
    while x > 0 && y > 0 {
        if equal[(y - 1) * width + x - 1] {
            common.push(x - 1);
            x -= 1;
            y -= 1;
        } else if lengths[at(x - 1, y)] > lengths[at(x, y - 1)] {
            x -= 1;
        } else {
            y -= 1;
        }
    }
    common.reverse();
    common
}

/// Pairs the elements of two sets: equal ones with each other, then those that are new.
pub(super) fn pair_sets(before: &[Value], after: &[Value]) -> Vec<Match> {
    let mut by_value: BTreeMap<&Value, Vec<usize>> = BTreeMap::new();
    for (i, item) in after.iter().enumerate().rev() {
        if item.is_wholly_known() {
            by_value.entry(item).or_default().push(i);
        }
    }
    let mut taken = vec![false; after.len()];
    let mut pairs: Vec<Match> = Vec::with_capacity(before.len());
    for (i, item) in before.iter().enumerate() {
        let found = by_value.get_mut(item).and_then(Vec::pop);
        if let Some(j) = found {
            taken[j] = true;
        }
        pairs.push((Some(i), found));
    }
    pairs.extend((0..after.len()).filter(|j| !taken[*j]).map(|j| (None, Some(j))));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str, alike: bool) -> String {
        let (before, after): (Vec<char>, Vec<char>) =
            (before.chars().collect(), after.chars().collect());
        let pairs = pair(&before, &after, |a, b| a == b, |_, _| alike);
        let name = |list: &[char], at: Option<usize>| at.map_or('_', |i| list[i]);
        let texts = pairs.iter().map(|(b, a)| format!("{}{}", name(&before, *b), name(&after, *a)));
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn common_elements_stay_together() {
        assert_eq!(shown("abc", "xbz", false), "a_ _x bb c_ _z");
        assert_eq!(shown("abc", "xbz", true), "ax bb cz");
        assert_eq!(shown("", "ab", true), "_a _b");
        assert_eq!(shown("aba", "a", false), "aa b_ a_");
        assert_eq!(shown("abcdef", "bdfg", false), "a_ bb c_ dd e_ ff _g");
    }

    #[test]
    fn sets_have_no_order() {
        let set = |items: &[&str]| items.iter().map(|s| Value::from(*s)).collect::<Vec<_>>();
        let pairs = pair_sets(&set(&["a", "b", "c"]), &set(&["c", "d", "a"]));
        let expected = [(Some(0), Some(2)), (Some(1), None), (Some(2), Some(0)), (None, Some(1))];
        assert_eq!(pairs, expected);
    }
}
