//! Variables and what follows them.

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_value::{Type, Value};
use smallvec::SmallVec;

use super::{Evaluation, Step, get_attr, get_index};
use crate::ast::{ExprKind, Expression, Index, Traversal, TraversalStep};

/// A part of a chain of steps.
enum Link<'e> {
    Steps(&'e [TraversalStep]),
    Key(&'e Index),
}

type Links<'e> = SmallVec<[Link<'e>; 4]>;

impl<'a> Evaluation<'a> {
    /// A variable or another expression with all steps that follow it. The scope gets to see the
    /// steps before anything is looked up.
    pub(super) fn reference(
        &self,
        expression: &Expression,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let mut links = Links::new();
        let mut base = expression;
        let root = loop {
            match base.kind() {
                ExprKind::Traversal(traversal) => {
                    links.push(Link::Steps(&traversal.steps));
                    break Some(traversal);
                }
                ExprKind::RelativeTraversal(relative) => {
                    links.push(Link::Steps(&relative.steps));
                    base = &relative.source;
                }
                ExprKind::Index(index) => {
                    links.push(Link::Key(index));
                    base = &index.collection;
                }
                _ => break None,
            }
        };
        links.reverse();
        let Some(keys) = self.keys(&links, diagnostics) else {
            // The base may be wrong as well, but without its steps it cannot be looked up.
            if root.is_none() {
                self.eval(base, diagnostics);
            }
            return Value::unknown(Type::Dynamic);
        };
        let steps = steps(&links, &keys);
        let (value, consumed) = match root {
            Some(traversal) => match self.root(traversal, &steps, base.range(), diagnostics) {
                Some(found) => found,
                None => return Value::unknown(Type::Dynamic),
            },
            None => (self.eval(base, diagnostics), 0),
        };
        match follow(value, steps.get(consumed..).unwrap_or_default()) {
            Ok(value) => value,
            Err(errors) => {
                diagnostics.extend(errors.into_iter().map(|e| self.explain(e, expression)));
                Value::unknown(Type::Dynamic)
            }
        }
    }

    /// Evaluates the keys in the order of the source.
    fn keys(
        &self,
        links: &Links<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<SmallVec<[Value; 2]>> {
        let mut keys = SmallVec::new();
        let mut all = true;
        for link in links {
            if let Link::Key(index) = link {
                let before = diagnostics.len();
                keys.push(self.eval(&index.key, diagnostics));
                all &= !diagnostics.iter().skip(before).any(Diagnostic::is_error);
            }
        }
        all.then_some(keys)
    }

    /// The value of the variable, and how many steps led to it.
    fn root(
        &self,
        traversal: &Traversal,
        steps: &[Step<'_>],
        range: &SourceRange,
        diagnostics: &mut Diagnostics,
    ) -> Option<(Value, usize)> {
        if let Some(value) = self.local(&traversal.root) {
            return Some((value.clone(), 0));
        }
        // Where nothing can be referred to, what follows the name does not matter.
        let range = if self.constant { &traversal.root_range } else { range };
        match self.scope.resolve(&traversal.root, steps, range) {
            Ok(found) => Some((found.value, found.consumed)),
            Err(errors) => {
                diagnostics.extend(errors);
                None
            }
        }
    }

    #[cold]
    fn explain(&self, mut diagnostic: Diagnostic, expression: &Expression) -> Diagnostic {
        if !self.quiet {
            diagnostic.values = self.values_in(expression, false, false);
        }
        diagnostic.within(expression.range())
    }

    /// The value of a variable with the first `length` of its steps, if there is one.
    pub(super) fn look_up(&self, traversal: &Traversal, length: usize) -> Option<Value> {
        let taken = traversal.steps.get(..length)?;
        let mut links = Links::new();
        links.push(Link::Steps(taken));
        let steps = steps(&links, &[]);
        let (value, consumed) =
            self.root(traversal, &steps, &traversal.root_range, &mut Diagnostics::new())?;
        follow(value, steps.get(consumed..).unwrap_or_default()).ok()
    }
}

fn steps<'a, 'e: 'a>(links: &[Link<'e>], keys: &'a [Value]) -> SmallVec<[Step<'a>; 8]> {
    let mut steps = SmallVec::new();
    let mut keys = keys.iter();
    for link in links {
        match link {
            Link::Steps(given) => steps.extend(given.iter().map(|step| match step {
                TraversalStep::Attr { name, range } => Step::Attr { name, range },
                TraversalStep::Index { key, range } => Step::Index { key, range },
            })),
            Link::Key(index) => {
                steps.extend(
                    keys.next().map(|key| Step::Index { key, range: &index.bracket_range }),
                );
            }
        }
    }
    steps
}

fn follow(mut value: Value, steps: &[Step<'_>]) -> Result<Value, Diagnostics> {
    for step in steps {
        value = match step {
            Step::Attr { name, range } => get_attr(&value, name, range)?,
            Step::Index { key, range } => get_index(&value, key, range)?,
        };
    }
    Ok(value)
}
