//! Whether an object is what was planned.

use std::collections::BTreeMap;

use groma_schema::{Attribute, Block, Nesting};
use groma_value::{Kind, Path, Str, Value};

use super::Violation;

/// Checks that `actual` is an acceptable outcome of `planned`: what was known is the same, and what
/// was unknown fits its type and refinements. Used for the object after apply, and for a plan that
/// was made again once more was known. Empty if all is well.
pub fn assert_compatible(schema: &Block, planned: &Value, actual: &Value) -> Vec<Violation> {
    let mut check = Check { violations: Vec::new() };
    check.block(schema, planned, actual, &Path::root());
    check.violations
}

struct Check {
    violations: Vec<Violation>,
}

impl Check {
    fn add(&mut self, path: &Path, message: impl Into<String>) {
        self.violations.push(Violation { path: path.clone(), message: message.into() });
    }

    fn block(&mut self, schema: &Block, planned: &Value, actual: &Value, at: &Path) {
        if planned.is_null() && !actual.is_null() {
            return self.add(at, "was absent, but now present");
        }
        if actual.is_null() && !planned.is_null() {
            return self.add(at, "was present, but now absent");
        }
        if planned.is_null() {
            return;
        }
        self.attributes(&schema.attributes, planned, actual, at);
        for (name, nested) in &schema.blocks {
            let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) else {
                continue;
            };
            let at = at.attribute(name.clone());
            self.nested(nested.nesting, planned, actual, &at, &mut |c, p, a, at| {
                c.block(&nested.block, p, a, at);
            });
        }
    }

    fn attributes(
        &mut self,
        schemas: &BTreeMap<Str, Attribute>,
        planned: &Value,
        actual: &Value,
        at: &Path,
    ) {
        for (name, schema) in schemas {
            let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) else {
                continue;
            };
            let at = at.attribute(name.clone());
            if schema.sensitive {
                // What differs must not be told.
                let mut inner = Check { violations: Vec::new() };
                inner.value(planned, actual, &at);
                if !inner.violations.is_empty() {
                    self.add(&at, "inconsistent values for sensitive attribute");
                }
            } else {
                self.value(planned, actual, &at);
            }
        }
    }

    fn nested(
        &mut self,
        nesting: Nesting,
        planned: &Value,
        actual: &Value,
        at: &Path,
        one: &mut dyn FnMut(&mut Check, &Value, &Value, &Path),
    ) {
        if !planned.is_known() {
            return;
        }
        match nesting {
            Nesting::Single | Nesting::Group => one(self, planned, actual, at),
            Nesting::List | Nesting::Map => {
                if planned.is_null() || actual.is_null() {
                    if planned.is_null() != actual.is_null() {
                        self.value(planned, actual, at);
                    }
                    return;
                }
                if let (Some(p), Some(a)) = (planned.as_entries(), actual.as_entries()) {
                    for (key, planned) in p.iter() {
                        let at = at.index(Value::string(key.clone()));
                        match a.get(key) {
                            Some(actual) => one(self, planned, actual, &at),
                            None => self.add(&at, "block key has vanished"),
                        }
                    }
                    for key in a.keys().filter(|k| !p.contains_key(k)) {
                        self.add(
                            &at.index(Value::string(key.clone())),
                            "new block key has appeared",
                        );
                    }
                    return;
                }
                let (p, a) = (
                    planned.as_sequence().unwrap_or_default(),
                    actual.as_sequence().unwrap_or_default(),
                );
                if p.len() != a.len() {
                    return self
                        .add(at, format!("block count changed from {} to {}", p.len(), a.len()));
                }
                for (i, (planned, actual)) in p.iter().zip(a).enumerate() {
                    one(self, planned, actual, &at.index(Value::number(i as i64)));
                }
            }
            Nesting::Set => self.set(planned, actual, at, "block set"),
        }
    }

    fn value(&mut self, planned: &Value, actual: &Value, at: &Path) {
        if !planned.is_known() {
            if planned.refinements().is_some_and(|r| r.not_null) && actual.is_null() {
                self.add(at, "was planned not to be null, but now null");
            }
            return;
        }
        if planned == actual {
            return;
        }
        if planned.is_null() {
            return self.add(at, format!("was null, but now {}", show(actual)));
        }
        if actual.is_null() {
            return self.add(at, format!("was {}, but now null", show(planned)));
        }
        match (planned.kind(), actual.kind()) {
            (Kind::Set(_), Kind::Set(_)) => self.set(planned, actual, at, "actual set element"),
            (Kind::Object(p), Kind::Object(a)) => {
                for (name, planned) in p.iter() {
                    match a.get(name) {
                        Some(actual) => self.value(planned, actual, &at.attribute(name.clone())),
                        None => self.add(&at.attribute(name.clone()), "attribute has vanished"),
                    }
                }
                for name in a.keys().filter(|n| !p.contains_key(n)) {
                    self.add(&at.attribute(name.clone()), "new attribute has appeared");
                }
            }
            (Kind::Map(p), Kind::Map(a)) => {
                for (key, planned) in p.entries.iter() {
                    let at = at.index(Value::string(key.clone()));
                    match a.entries.get(key) {
                        Some(actual) => self.value(planned, actual, &at),
                        None => self.add(&at, "element has vanished"),
                    }
                }
                for key in a.entries.keys().filter(|k| !p.entries.contains_key(k)) {
                    self.add(&at.index(Value::string(key.clone())), "new element has appeared");
                }
            }
            _ => match (planned.as_sequence(), actual.as_sequence()) {
                (Some(p), Some(a)) => self.sequence(p, a, at),
                _ => self.add(at, format!("was {}, but now {}", show(planned), show(actual))),
            },
        }
    }

    fn sequence(&mut self, planned: &[Value], actual: &[Value], at: &Path) {
        for (i, planned) in planned.iter().enumerate() {
            let at = at.index(Value::number(i as i64));
            match actual.get(i) {
                Some(actual) => self.value(planned, actual, &at),
                None => self.add(&at, "element has vanished"),
            }
        }
        for i in planned.len()..actual.len() {
            self.add(&at.index(Value::number(i as i64)), "new element has appeared");
        }
    }

    /// Sets are compatible if each planned element may have become a different actual one. Where
    /// unknown elements may have turned out equal, there may be fewer.
    fn set(&mut self, planned: &Value, actual: &Value, at: &Path, what: &str) {
        let (Some(p), Some(a)) = (planned.as_sequence(), actual.as_sequence()) else {
            if planned.is_null() != actual.is_null() {
                self.add(at, format!("was {}, but now {}", show(planned), show(actual)));
            }
            return;
        };
        let all_known = planned.is_wholly_known();
        if p.len() < a.len() || all_known && p.len() != a.len() {
            return self
                .add(at, format!("{what} changed from {} to {} elements", p.len(), a.len()));
        }
        for planned in p {
            if !a.iter().any(|a| could_become(planned, a)) {
                return self.add(at, format!("{what}: planned set element {} does not correlate with any element in actual", show(planned)));
            }
        }
    }
}

/// Whether a value with unknown parts may have become another.
fn could_become(planned: &Value, actual: &Value) -> bool {
    if !planned.is_known() || planned == actual {
        return true;
    }
    if planned.is_null() || actual.is_null() || planned.is_wholly_known() {
        return false;
    }
    match (planned.as_entries(), actual.as_entries()) {
        (Some(p), Some(a)) => {
            return p.len() == a.len()
                && p.iter().all(|(k, p)| a.get(k).is_some_and(|a| could_become(p, a)));
        }
        (None, None) => {}
        _ => return false,
    }
    match (planned.as_sequence(), actual.as_sequence()) {
        (Some(p), Some(a)) if matches!(planned.kind(), Kind::Set(_)) => {
            p.iter().all(|p| a.iter().any(|a| could_become(p, a)))
        }
        (Some(p), Some(a)) => {
            p.len() == a.len() && p.iter().zip(a).all(|(p, a)| could_become(p, a))
        }
        _ => false,
    }
}

fn show(value: &Value) -> String {
    match value.kind() {
        Kind::Null(_) => "null".into(),
        Kind::Unknown(_) => "unknown".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => format!("{s:?}"),
        _ => "a different collection".into(),
    }
}
