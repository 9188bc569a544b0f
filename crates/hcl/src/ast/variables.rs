//! What an expression refers to.

use groma_value::Str;

use super::{ExprKind, Expression, For, Traversal, TraversalStep};

/// The names that `for` expressions around the one at hand have bound.
struct Bound<'a> {
    key: Option<&'a Str>,
    value: &'a Str,
    outer: Option<&'a Bound<'a>>,
}

impl Bound<'_> {
    fn has(this: Option<&Bound<'_>>, name: &str) -> bool {
        let mut scope = this;
        while let Some(bound) = scope {
            if **bound.value == *name || bound.key.is_some_and(|k| **k == *name) {
                return true;
            }
            scope = bound.outer;
        }
        false
    }
}

/// What is found on a walk.
enum Found<'e> {
    Variable(&'e Traversal),
    Function(&'e super::Call),
    Element(ElementAccess<'e>),
}

/// An attribute of all elements of a variable (`a[*].name`), or of one whose key has to be
/// evaluated (`a[key].name`).
#[derive(Clone, Copy, Debug)]
pub struct ElementAccess<'e> {
    /// The variable.
    pub collection: &'e Traversal,
    /// The first step behind the element.
    pub step: &'e TraversalStep,
}

impl Expression {
    /// All variables that the expression refers to, in the order of the source, each with the
    /// static steps that follow it. Those that a `for` within the expression binds are left out.
    pub fn variables(&self) -> Vec<Traversal> {
        let mut all = Vec::new();
        self.for_each_variable(&mut |t| all.push(t.clone()));
        all
    }

    /// Shows each of [`Expression::variables`] without copying it.
    pub fn for_each_variable<'e>(&'e self, visit: &mut dyn FnMut(&'e Traversal)) {
        walk(self, None, &mut |found| {
            if let Found::Variable(traversal) = found {
                visit(traversal);
            }
        });
    }

    /// Shows the attributes that are taken of elements of variables.
    pub fn for_each_element<'e>(&'e self, visit: &mut dyn FnMut(ElementAccess<'e>)) {
        walk(self, None, &mut |found| {
            if let Found::Element(access) = found {
                visit(access);
            }
        });
    }

    /// All function calls in the expression, in the order of the source.
    pub fn functions(&self) -> Vec<&super::Call> {
        let mut all = Vec::new();
        walk(self, None, &mut |found| {
            if let Found::Function(call) = found {
                all.push(call);
            }
        });
        all
    }
}

fn walk<'e>(
    expression: &'e Expression,
    bound: Option<&Bound<'_>>,
    visit: &mut dyn FnMut(Found<'e>),
) {
    match expression.kind() {
        ExprKind::Literal(_) | ExprKind::SplatItem => {}
        ExprKind::Traversal(t) => {
            if !Bound::has(bound, &t.root) {
                visit(Found::Variable(t));
            }
        }
        ExprKind::Template(items) | ExprKind::Tuple(items) => {
            items.iter().for_each(|item| walk(item, bound, visit));
        }
        ExprKind::TemplateWrap(inner) | ExprKind::TemplateJoin(inner) | ExprKind::Parens(inner) => {
            walk(inner, bound, visit);
        }
        ExprKind::RelativeTraversal(r) => {
            if let ExprKind::Index(index) = r.source.kind() {
                element(&index.collection, r.steps.first(), bound, visit);
            }
            walk(&r.source, bound, visit);
        }
        ExprKind::Index(i) => {
            walk(&i.collection, bound, visit);
            walk(&i.key, bound, visit);
        }
        ExprKind::Splat(s) => {
            if let ExprKind::RelativeTraversal(each) = s.each.kind()
                && let ExprKind::SplatItem = each.source.kind()
            {
                element(&s.source, each.steps.first(), bound, visit);
            }
            walk(&s.source, bound, visit);
            walk(&s.each, bound, visit);
        }
        ExprKind::Call(c) => {
            visit(Found::Function(c));
            c.value_arguments().iter().for_each(|arg| walk(arg, bound, visit));
        }
        ExprKind::Conditional(c) => {
            walk(&c.condition, bound, visit);
            walk(&c.then, bound, visit);
            walk(&c.otherwise, bound, visit);
        }
        ExprKind::Unary(u) => walk(&u.operand, bound, visit),
        ExprKind::Binary(_) => walk_binary(expression, bound, visit),
        ExprKind::Object(items) => {
            for item in items {
                if item.bare_word().is_none() {
                    walk(&item.key, bound, visit);
                }
                walk(&item.value, bound, visit);
            }
        }
        ExprKind::For(f) => walk_for(f, bound, visit),
        ExprKind::JsonString(s) => walk(&s.template(expression.range()).0, bound, visit),
    }
}

fn element<'e>(
    collection: &'e Expression,
    step: Option<&'e TraversalStep>,
    bound: Option<&Bound<'_>>,
    visit: &mut dyn FnMut(Found<'e>),
) {
    if let (ExprKind::Traversal(collection), Some(step)) = (collection.kind(), step)
        && !Bound::has(bound, &collection.root)
    {
        visit(Found::Element(ElementAccess { collection, step }));
    }
}

/// Long chains of operators lean to the left; they are walked without recursion on that side.
fn walk_binary<'e>(
    expression: &'e Expression,
    bound: Option<&Bound<'_>>,
    visit: &mut dyn FnMut(Found<'e>),
) {
    let mut rights = Vec::new();
    let mut leftmost = expression;
    while let ExprKind::Binary(b) = leftmost.kind() {
        rights.push(&b.right);
        leftmost = &b.left;
    }
    walk(leftmost, bound, visit);
    rights.into_iter().rev().for_each(|right| walk(right, bound, visit));
}

fn walk_for<'e>(f: &'e For, bound: Option<&Bound<'_>>, visit: &mut dyn FnMut(Found<'e>)) {
    walk(&f.collection, bound, visit);
    let inner = Bound { key: f.key_var.as_ref(), value: &f.value_var, outer: bound };
    if let Some(key) = &f.key {
        walk(key, Some(&inner), visit);
    }
    walk(&f.value, Some(&inner), visit);
    if let Some(condition) = &f.condition {
        walk(condition, Some(&inner), visit);
    }
}
