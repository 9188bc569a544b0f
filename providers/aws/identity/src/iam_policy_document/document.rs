//! Policy documents as they are merged and written.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    pub(super) version: String,
    pub(super) id: String,
    pub(super) statements: Vec<Statement>,
}

/// A statement. What it says of actions and resources is kept as it is written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Statement {
    pub(super) sid: String,
    pub(super) effect: String,
    pub(super) actions: Option<Json>,
    pub(super) not_actions: Option<Json>,
    pub(super) resources: Option<Json>,
    pub(super) not_resources: Option<Json>,
    pub(super) principals: Vec<(String, Names)>,
    pub(super) not_principals: Vec<(String, Names)>,
    pub(super) conditions: Vec<Condition>,
}

/// A condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Condition {
    pub(super) test: String,
    pub(super) variable: String,
    pub(super) values: Vec<String>,
}

/// One name or a list of names, which is written as a list even if it has one name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    /// Names in no order: one is written alone, several last ones first.
    pub(super) fn from_set(mut names: Vec<String>) -> Names {
        match names.pop() {
            Some(one) if names.is_empty() => Names::One(one),
            last => {
                names.extend(last);
                names.sort_by(|a, b| b.cmp(a));
                Names::Many(names)
            }
        }
    }

    pub(super) fn into_json(self) -> Json {
        match self {
            Names::One(name) => Json::String(name),
            Names::Many(names) => names.into(),
        }
    }
}

impl Document {
    /// Reads a document.
    pub(super) fn parse(text: &str) -> Result<Document, String> {
        let json: Json = serde_json::from_str(text).map_err(|e| format!("It is not JSON: {e}."))?;
        let Json::Object(members) = json else {
            return Err("It is not a policy: a JSON object is needed.".to_owned());
        };
        let mut document = Document::default();
        for (name, value) in members {
            match name.to_ascii_lowercase().as_str() {
                _ if value.is_null() => {}
                "version" => document.version = string("Version", value)?,
                "id" => document.id = string("Id", value)?,
                "statement" => {
                    let statements = match value {
                        Json::Array(statements) => statements,
                        one => vec![one],
                    };
                    let statements = statements.into_iter().map(Statement::parse);
                    document.statements = statements.collect::<Result<_, _>>()?;
                }
                _ => {}
            }
        }
        Ok(document)
    }

    /// The Sids of all statements that have one.
    pub(super) fn sids(&self) -> impl Iterator<Item = &String> {
        self.statements.iter().map(|s| &s.sid).filter(|sid| !sid.is_empty())
    }

    /// Takes over what another document says: its statements in place of those with the same Sid,
    /// else behind all others.
    pub(super) fn merge(&mut self, other: Document) {
        if !other.id.is_empty() {
            self.id = other.id;
        }
        if other.version > self.version {
            self.version = other.version;
        }
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (i, statement) in self.statements.iter().enumerate() {
            if !statement.sid.is_empty() {
                places.entry(statement.sid.clone()).or_insert(i);
            }
        }
        for statement in other.statements {
            let place = places.get(&statement.sid).copied();
            match place.and_then(|i| self.statements.get_mut(i)) {
                Some(known) if !statement.sid.is_empty() => *known = statement,
                _ => {
                    if !statement.sid.is_empty() {
                        places.insert(statement.sid.clone(), self.statements.len());
                    }
                    self.statements.push(statement);
                }
            }
        }
    }

    pub(super) fn into_json(self) -> Json {
        let mut members = Map::new();
        put_text(&mut members, "Version", self.version);
        put_text(&mut members, "Id", self.id);
        if !self.statements.is_empty() {
            let statements = self.statements.into_iter().map(Statement::into_json);
            members.insert("Statement".to_owned(), statements.collect());
        }
        Json::Object(members)
    }
}

impl Statement {
    fn parse(json: Json) -> Result<Statement, String> {
        let Json::Object(members) = json else {
            return Err("A statement of it is not a JSON object.".to_owned());
        };
        let mut statement = Statement::default();
        for (name, value) in members {
            match name.to_ascii_lowercase().as_str() {
                _ if value.is_null() => {}
                "sid" => statement.sid = string("Sid", value)?,
                "effect" => statement.effect = string("Effect", value)?,
                "action" => statement.actions = Some(value),
                "notaction" => statement.not_actions = Some(value),
                "resource" => statement.resources = Some(value),
                "notresource" => statement.not_resources = Some(value),
                "principal" => statement.principals = principals(value)?,
                "notprincipal" => statement.not_principals = principals(value)?,
                "condition" => statement.conditions = conditions(value)?,
                _ => {}
            }
        }
        Ok(statement)
    }

    fn into_json(self) -> Json {
        let mut members = Map::new();
        put_text(&mut members, "Sid", self.sid);
        put_text(&mut members, "Effect", self.effect);
        let lists = [
            ("Action", self.actions),
            ("NotAction", self.not_actions),
            ("Resource", self.resources),
            ("NotResource", self.not_resources),
            ("Principal", principals_json(self.principals)),
            ("NotPrincipal", principals_json(self.not_principals)),
            ("Condition", conditions_json(self.conditions)),
        ];
        for (name, list) in lists {
            if let Some(list) = list {
                members.insert(name.to_owned(), list);
            }
        }
        Json::Object(members)
    }
}

fn put_text(members: &mut Map<String, Json>, name: &str, text: String) {
    if !text.is_empty() {
        members.insert(name.to_owned(), Json::String(text));
    }
}

fn string(name: &str, value: Json) -> Result<String, String> {
    match value {
        Json::String(text) => Ok(text),
        other => Err(format!("Its {name:?} must be a string, but is {other}.")),
    }
}

fn principals(value: Json) -> Result<Vec<(String, Names)>, String> {
    let wrong = || {
        "A \"Principal\" of it must be \"*\" or an object whose members are strings or lists of \
         strings."
            .to_owned()
    };
    match value {
        Json::String(_) => Ok(vec![("*".to_owned(), Names::Many(vec!["*".to_owned()]))]),
        Json::Object(kinds) => {
            let kinds = kinds.into_iter().map(|(kind, names)| match names {
                Json::String(name) => Ok((kind, Names::One(name))),
                Json::Array(names) => {
                    let names = names.into_iter().map(|name| match name {
                        Json::String(name) => Ok(name),
                        _ => Err(wrong()),
                    });
                    Ok((kind, Names::Many(names.collect::<Result<_, _>>()?)))
                }
                _ => Err(wrong()),
            });
            kinds.collect()
        }
        _ => Err(wrong()),
    }
}

fn conditions(value: Json) -> Result<Vec<Condition>, String> {
    let wrong = || {
        "A \"Condition\" of it must be an object of objects whose members are strings, numbers, \
         booleans, or lists of them."
            .to_owned()
    };
    let Json::Object(tests) = value else { return Err(wrong()) };
    let mut conditions = Vec::new();
    for (test, variables) in tests {
        let Json::Object(variables) = variables else { return Err(wrong()) };
        for (variable, values) in variables {
            let values = match values {
                Json::Array(values) => values,
                one => vec![one],
            };
            let values: Option<Vec<String>> = values.into_iter().map(scalar).collect();
            let values = values.ok_or_else(wrong)?;
            conditions.push(Condition { test: test.clone(), variable, values });
        }
    }
    Ok(conditions)
}

fn scalar(value: Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text),
        Json::Bool(_) | Json::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

/// Who is meant, by the kind of principal. `None` if nobody is named.
fn principals_json(principals: Vec<(String, Names)>) -> Option<Json> {
    if principals.is_empty() {
        return None;
    }
    if let [(kind, names)] = principals.as_slice()
        && kind == "*"
        && match names {
            Names::One(name) => name == "*",
            Names::Many(names) => names.as_slice() == ["*"],
        }
    {
        return Some("*".into());
    }
    let mut kinds: BTreeMap<String, Names> = BTreeMap::new();
    for (kind, names) in principals {
        let names = match names {
            Names::Many(mut names) => {
                names.sort_by(|a, b| b.cmp(a));
                Names::Many(names)
            }
            one @ Names::One(_) => one,
        };
        match kinds.remove(&kind) {
            None => kinds.insert(kind, names),
            Some(known) => {
                let mut all = match known {
                    Names::One(name) => vec![name],
                    Names::Many(names) => names,
                };
                match names {
                    Names::One(name) => all.push(name),
                    Names::Many(names) => all.extend(names),
                }
                kinds.insert(kind, Names::Many(all))
            }
        };
    }
    Some(Json::Object(kinds.into_iter().map(|(k, names)| (k, names.into_json())).collect()))
}

/// Conditions by test and variable. Values keep their order, for it matters to some tests.
fn conditions_json(conditions: Vec<Condition>) -> Option<Json> {
    if conditions.is_empty() {
        return None;
    }
    let mut tests: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for condition in conditions {
        let variables = tests.entry(condition.test).or_default();
        variables.entry(condition.variable).or_default().extend(condition.values);
    }
    let tests = tests.into_iter().map(|(test, variables)| {
        let variables = variables.into_iter().map(|(variable, mut values)| {
            let values = match (values.len(), values.pop()) {
                (1, Some(one)) => Json::String(one),
                (_, last) => {
                    values.extend(last);
                    values.into()
                }
            };
            (variable, values)
        });
        (test, Json::Object(variables.collect()))
    });
    Some(Json::Object(tests.collect()))
}

/// The text of a document, with some characters escaped that need not be, but are in all documents
/// that Go programs write.
pub(super) fn text(document: &Json, pretty: bool) -> String {
    let plain = if pretty { format!("{document:#}") } else { document.to_string() };
    let mut text = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}
