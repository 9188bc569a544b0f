//! Text that knows of what it is made, so that it can be made smaller.

/// A piece of source text with others in it that could stand in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tree {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Tree(Tree),
}

/// What anything may be replaced by.
const SMALL: [&str; 6] = ["1", "\"a\"", "true", "null", "[]", "{}"];

impl Tree {
    /// Text without parts.
    pub(super) fn leaf(text: impl Into<String>) -> Tree {
        Tree { pieces: vec![Piece::Text(text.into())] }
    }

    /// A pattern in which each `@` stands for the next of the parts.
    pub(super) fn of(pattern: &str, parts: Vec<Tree>) -> Tree {
        let mut pieces = Vec::new();
        let mut parts = parts.into_iter();
        for (number, text) in pattern.split('@').enumerate() {
            if number > 0 {
                pieces.extend(parts.next().map(Piece::Tree));
            }
            if !text.is_empty() {
                pieces.push(Piece::Text(text.to_owned()));
            }
        }
        Tree { pieces }
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Tree(tree) => tree.write(out),
            }
        }
    }

    /// The same with something in it smaller, the smallest first.
    pub(super) fn smaller(&self) -> Vec<Tree> {
        let length = self.text().len();
        let mut all = self.variants();
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|tree| {
            let text = tree.text();
            text.len() < length && seen.insert(text)
        });
        all.sort_by_key(|tree| tree.text().len());
        all
    }

    fn variants(&self) -> Vec<Tree> {
        let mut all: Vec<Tree> = SMALL.iter().map(|text| Tree::leaf(*text)).collect();
        for (at, piece) in self.pieces.iter().enumerate() {
            let Piece::Tree(part) = piece else { continue };
            all.push(part.clone());
            for variant in part.variants() {
                let mut tree = self.clone();
                tree.pieces[at] = Piece::Tree(variant);
                all.push(tree);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_become_smaller() {
        let call = Tree::of("upper(@)", vec![Tree::leaf("local.text")]);
        let sum = Tree::of("(@ + @)", vec![Tree::leaf("12"), call]);
        assert_eq!(sum.text(), "(12 + upper(local.text))");
        let smaller: Vec<String> = sum.smaller().iter().map(Tree::text).collect();
        for expected in ["12", "upper(local.text)", "(12 + local.text)", "(1 + upper(local.text))"]
        {
            assert!(smaller.iter().any(|s| s == expected), "{expected}: {smaller:?}");
        }
        assert!(smaller.iter().all(|s| s.len() < sum.text().len()));
    }
}
