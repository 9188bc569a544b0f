//! Going through values in depth: walking, transforming, and what is made of the two.

use crate::set::{common_type, with_known_type};
use crate::{Entries, Kind, Marks, Path, PathStep, Type, Value};

/// Walking and transforming.
impl Value {
    /// Calls the function with the value and all its parts, the whole before its parts. It says
    /// whether to go into the part.
    pub fn walk(&self, f: &mut dyn FnMut(&Path, &Value) -> bool) {
        walk_at(self, &mut Path::root(), f);
    }

    /// Makes another value out of this one by replacing its parts, the parts before the whole.
    ///
    /// The function gets each part with its own marks and with its parts replaced already. A
    /// collection whose elements come to be of different types becomes a tuple or an object.
    pub fn transform<E>(
        &self,
        f: &mut dyn FnMut(&Path, Value) -> Result<Value, E>,
    ) -> Result<Value, E> {
        transform_at(self, &mut Path::root(), f)
    }

    /// With null in place of every unknown part.
    pub fn unknown_as_null(&self) -> Value {
        if self.is_wholly_known() {
            return self.clone();
        }
        let result: Result<Value, std::convert::Infallible> = self.transform(&mut |_, part| {
            Ok(match part.kind() {
                Kind::Unknown(u) => Value::null(u.ty.clone()).with_marks(part.marks()),
                _ => part,
            })
        });
        match result {
            Ok(value) => value,
        }
    }

    /// An unknown value of the same type, with all marks of this one and its parts.
    pub fn to_unknown(&self) -> Value {
        Value::unknown(self.ty()).with_marks(&self.marks_deep())
    }
}

/// Marks of all parts.
impl Value {
    /// Without any marks, and all that there were.
    pub fn unmark_deep(self) -> (Value, Marks) {
        if !self.has_marks_deep() {
            return (self, Marks::NONE);
        }
        let mut marks = Marks::NONE;
        let stripped = strip(&self, &mut Path::root(), &mut |_, found| marks = marks.union(found));
        (stripped.unwrap_or(self), marks)
    }

    /// Without any marks, and where they were.
    pub fn unmark_deep_with_paths(self) -> (Value, Vec<(Path, Marks)>) {
        if !self.has_marks_deep() {
            return (self, Vec::new());
        }
        let mut marks = Vec::new();
        let stripped = strip(&self, &mut Path::root(), &mut |path, found| {
            marks.push((path.clone(), found.clone()));
        });
        (stripped.unwrap_or(self), marks)
    }

    /// The marks of the value and all its parts.
    pub fn marks_deep(&self) -> Marks {
        let mut marks = self.marks().clone();
        for part in parts(self) {
            if part.has_marks_deep() {
                marks = marks.union(&part.marks_deep());
            }
        }
        marks
    }

    /// With these marks added to the parts that the paths lead to. A path into a set marks the set;
    /// one that leads nowhere is ignored.
    pub fn mark_with_paths(&self, paths: &[(Path, Marks)]) -> Value {
        if paths.is_empty() {
            return self.clone();
        }
        let mut sorted: Vec<(&[PathStep], &Marks)> =
            paths.iter().map(|(path, marks)| (&*path.0, marks)).collect();
        sorted.sort();
        mark_at(self, &sorted)
    }
}

fn parts(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value.as_sequence() {
        Some(items) => Box::new(items.iter()),
        None => Box::new(value.as_entries().into_iter().flat_map(Entries::values)),
    }
}

/// The step to an attribute or element.
fn step(value: &Value, key: Value) -> PathStep {
    match (value.kind(), key.kind()) {
        (Kind::Object(_), Kind::String(name)) => PathStep::Attribute(name.clone()),
        _ => PathStep::Index(key),
    }
}

fn walk_at(value: &Value, path: &mut Path, f: &mut dyn FnMut(&Path, &Value) -> bool) {
    if !f(path, value) {
        return;
    }
    for (key, part) in value.elements().into_iter().flatten() {
        path.0.push(step(value, key));
        walk_at(part, path, f);
        path.0.pop();
    }
}

fn transform_at<E>(
    value: &Value,
    path: &mut Path,
    f: &mut dyn FnMut(&Path, Value) -> Result<Value, E>,
) -> Result<Value, E> {
    let mut parts = Vec::new();
    for (key, part) in value.elements().into_iter().flatten() {
        path.0.push(step(value, key));
        let replaced = transform_at(part, path, f);
        path.0.pop();
        parts.push(replaced?);
    }
    f(path, rebuild(value, parts))
}

/// The value with other parts in the places of its own.
fn rebuild(value: &Value, mut parts: Vec<Value>) -> Value {
    let named = |entries: &Entries, parts: Vec<Value>| entries.keys().cloned().zip(parts).collect();
    let rebuilt = match value.kind() {
        Kind::Tuple(_) => Value::tuple(parts),
        Kind::Object(entries) => Value::object(named(entries, parts)),
        Kind::List(l) => match settle(&l.element, &mut parts) {
            Some(element) => Value::list(element, parts),
            None => Value::tuple(parts),
        },
        Kind::Set(s) => match settle(&s.element, &mut parts) {
            Some(element) => Value::set(element, parts),
            None => Value::tuple(parts),
        },
        Kind::Map(m) => match settle(&m.element, &mut parts) {
            Some(element) => Value::map(element, named(&m.entries, parts)),
            None => Value::object(named(&m.entries, parts)),
        },
        _ => return value.clone(),
    };
    rebuilt.with_marks(value.marks())
}

/// The type of all parts, given to those whose type is open.
fn settle(element: &Type, parts: &mut Vec<Value>) -> Option<Type> {
    if parts.iter().all(|part| part.has_type(element)) {
        return Some(element.clone());
    }
    let common = common_type(&*parts)?;
    for part in parts {
        *part = with_known_type(part.clone(), &common);
    }
    Some(common)
}

/// The value without its marks, if it had any.
fn strip(value: &Value, path: &mut Path, found: &mut dyn FnMut(&Path, &Marks)) -> Option<Value> {
    if !value.marks().is_empty() {
        found(path, value.marks());
    }
    // Elements of sets have no marks of their own.
    let inside = match value.kind() {
        Kind::Set(_) => None,
        _ => strip_parts(value, path, found),
    };
    match (inside, value.marks().is_empty()) {
        (Some(stripped), _) => Some(stripped),
        (None, false) => Some(value.clone().unmark().0),
        (None, true) => None,
    }
}

fn strip_parts(
    value: &Value,
    path: &mut Path,
    found: &mut dyn FnMut(&Path, &Marks),
) -> Option<Value> {
    let mut changed: Option<Vec<Value>> = None;
    for (at, (key, part)) in value.elements().into_iter().flatten().enumerate() {
        path.0.push(step(value, key));
        let stripped = strip(part, path, found);
        path.0.pop();
        if let Some(stripped) = stripped {
            let parts = changed.get_or_insert_with(|| parts(value).cloned().collect());
            parts[at] = stripped;
        }
    }
    let parts = changed?;
    let named = |entries: &Entries, parts| entries.keys().cloned().zip(parts).collect();
    Some(match value.kind() {
        Kind::List(l) => Value::list(l.element.clone(), parts),
        Kind::Map(m) => Value::map(m.element.clone(), named(&m.entries, parts)),
        Kind::Object(entries) => Value::object(named(entries, parts)),
        _ => Value::tuple(parts),
    })
}

/// `paths` are sorted, so that those through one part are neighbours.
fn mark_at(value: &Value, paths: &[(&[PathStep], &Marks)]) -> Value {
    let here = paths.iter().take_while(|(steps, _)| steps.is_empty()).count();
    let (own, mut inner) = paths.split_at(here);
    let mut marked = value.clone();
    for (_, marks) in own {
        marked = marked.with_marks(marks);
    }
    if let Kind::Set(_) = value.kind() {
        return inner.iter().fold(marked, |set, (_, marks)| set.with_marks(marks));
    }
    let mut changed: Option<Vec<Value>> = None;
    while let Some((steps, _)) = inner.first() {
        let first = &steps[0];
        let count = inner.iter().take_while(|(steps, _)| steps[0] == *first).count();
        let (group, rest) = inner.split_at(count);
        inner = rest;
        let Some(at) = position(value, first) else { continue };
        let group: Vec<_> = group.iter().map(|(steps, marks)| (&steps[1..], *marks)).collect();
        let parts = changed.get_or_insert_with(|| parts(value).cloned().collect());
        parts[at] = mark_at(&parts[at], &group);
    }
    match changed {
        Some(parts) => rebuild(&marked, parts),
        None => marked,
    }
}

/// Which part the step leads to, in the order of [`parts`].
fn position(value: &Value, step: &PathStep) -> Option<usize> {
    let name = match step {
        PathStep::Attribute(name) => name,
        PathStep::Index(key) => match key.kind() {
            Kind::String(name) => name,
            Kind::Number(n) => {
                let at = n.as_usize()?;
                return (at < value.as_sequence()?.len()).then_some(at);
            }
            _ => return None,
        },
    };
    value.as_entries()?.as_slice().binary_search_by(|(k, _)| k.cmp(name)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mark;

    fn example() -> Value {
        let secret = Value::from("s").marked(Mark::Sensitive);
        let list = Value::list(Type::String, vec!["a".into(), secret]);
        Value::object_of([("list", list), ("n", Value::from(1).marked(Mark::Ephemeral))])
    }

    #[test]
    fn marks_come_off_and_go_on_again() {
        let (plain, paths) = example().unmark_deep_with_paths();
        assert!(!plain.has_marks_deep());
        let expected = [
            (Path::root().attribute("list").index(1.into()), Marks::sensitive()),
            (Path::root().attribute("n"), Marks::one(Mark::Ephemeral)),
        ];
        assert_eq!(paths, expected);
        assert_eq!(plain.mark_with_paths(&paths), example());
        assert_eq!(
            example().marks_deep(),
            [Mark::Sensitive, Mark::Ephemeral].into_iter().collect()
        );
        assert_eq!(example().unmark_deep(), (plain, example().marks_deep()));
    }

    #[test]
    fn paths_to_nowhere_mark_nothing_and_paths_into_sets_mark_the_set() {
        let nowhere = [(Path::root().attribute("x").index(7.into()), Marks::sensitive())];
        assert_eq!(example().mark_with_paths(&nowhere), example());
        let set = Value::set(Type::String, vec!["a".into()]);
        let marked = set.mark_with_paths(&[(Path::root().index("a".into()), Marks::sensitive())]);
        assert_eq!(marked, set.marked(Mark::Sensitive));
    }

    #[test]
    fn transforms_from_the_inside_out() {
        let mut seen = Vec::new();
        let result: Result<Value, String> = example().transform(&mut |path, part| {
            seen.push(path.to_string());
            Ok(if part.as_str().is_some() { Value::from(5).with_marks(part.marks()) } else { part })
        });
        assert_eq!(seen, [".list[0]", ".list[1]", ".list", ".n", ""]);
        let list = result.ok().and_then(|v| v.get("list").cloned()).map(|l| l.ty());
        assert_eq!(list, Some(Type::list(Type::Number)));
        let failed = example().transform(&mut |path, part| match path.0.len() {
            1 => Err("no"),
            _ => Ok(part),
        });
        assert_eq!(failed, Err("no"));
    }

    #[test]
    fn walks_where_it_is_let() {
        let mut seen = Vec::new();
        example().walk(&mut |path, part| {
            seen.push(path.to_string());
            !matches!(part.kind(), Kind::List(_))
        });
        assert_eq!(seen, ["", ".list", ".n"]);
    }

    #[test]
    fn unknowns_become_null() {
        let set = Value::set(Type::String, vec![Value::unknown(Type::String), "a".into()]);
        let expected = Value::set(Type::String, vec![Value::null(Type::String), "a".into()]);
        assert_eq!(set.unknown_as_null(), expected);
        let open = Value::tuple(vec![Value::unknown(Type::Dynamic)]);
        assert_eq!(open.unknown_as_null(), Value::tuple(vec![Value::NULL]));
    }

    #[test]
    fn paths_are_applied() {
        let path = Path::root().attribute("list").index(1.into());
        assert_eq!(path.apply(&example()), Ok(Value::from("s").marked(Mark::Sensitive)));
        assert_eq!(path.find(&example()).and_then(Value::as_str).map(|s| &**s), Some("s"));
        assert!(Path::root().attribute("nope").apply(&example()).is_err());
        let set = Value::set(Type::String, vec!["a".into()]).marked(Mark::Sensitive);
        let element = Path::root().index("a".into());
        assert_eq!(element.apply(&set), Ok(Value::from("a").marked(Mark::Sensitive)));
        let unknown = Value::unknown(example().ty());
        assert_eq!(path.apply(&unknown), Ok(Value::unknown(Type::String)));
    }
}
