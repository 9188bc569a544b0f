//! From the proposed object to the planned one.

use std::collections::{BTreeMap, HashMap};

use groma_schema::{Attribute, Block, NestedBlock};
use groma_value::{Kind, Path, PathStep, Str, Value};

use super::Plan;
use super::rules::{Rule, Rules};
use crate::PlanRequest;

pub(super) fn plan(block: &Block, rules: &Rules, request: &PlanRequest) -> Plan {
    let mut walk = Walk {
        requires_replace: Vec::new(),
        creating: request.prior.is_null(),
        path: Path::root(),
    };
    let level = Level::of(block);
    let config = Some(&request.config);
    let proposed = if rules.has_defaults() {
        fill_defaults(level, rules, config, &request.proposed)
    } else {
        request.proposed.clone()
    };
    let mark = proposed != request.prior;
    let prior = (!walk.creating).then_some(&request.prior);
    let planned = walk.object(level, rules, Places { config, prior, mark }, &proposed);
    Plan { planned, requires_replace: walk.requires_replace }
}

static NO_BLOCKS: BTreeMap<Str, NestedBlock> = BTreeMap::new();

/// What an object's members are by the schema.
#[derive(Clone, Copy)]
struct Level<'s> {
    attributes: &'s BTreeMap<Str, Attribute>,
    blocks: &'s BTreeMap<Str, NestedBlock>,
}

impl<'s> Level<'s> {
    fn of(block: &'s Block) -> Level<'s> {
        Level { attributes: &block.attributes, blocks: &block.blocks }
    }

    fn of_attribute(attribute: &'s Attribute) -> Option<Level<'s>> {
        attribute.nested().map(|n| Level { attributes: &n.attributes, blocks: &NO_BLOCKS })
    }

    /// The level of what a member holds, if it holds objects with a schema of their own.
    fn below(self, name: &str) -> Option<Level<'s>> {
        match self.attributes.get(name) {
            Some(attribute) => Level::of_attribute(attribute),
            None => self.blocks.get(name).map(|nested| Level::of(&nested.block)),
        }
    }

    /// Whether, for some attribute, only the configuration tells if it was configured.
    fn has_optional_computed(self) -> bool {
        self.attributes.iter().any(|(_, a)| {
            a.optional && a.computed
                || Level::of_attribute(a).is_some_and(Level::has_optional_computed)
        }) || self.blocks.values().any(|b| Level::of(&b.block).has_optional_computed())
    }
}

/// What stands at one place beside the proposed value.
#[derive(Clone, Copy)]
struct Places<'v> {
    /// The configuration; none where its collection has no such element, which counts as null.
    config: Option<&'v Value>,
    /// The prior object.
    prior: Option<&'v Value>,
    /// Whether computed attributes that are not configured become unknown.
    mark: bool,
}

impl<'v> Places<'v> {
    fn member(self, name: &str) -> Places<'v> {
        Places {
            config: self.config.and_then(|c| c.get(name)),
            prior: self.prior.and_then(|p| p.get(name)),
            ..self
        }
    }

    fn element(self, index: usize) -> Places<'v> {
        let at = |v: Option<&'v Value>| v?.as_sequence()?.get(index);
        Places { config: at(self.config), prior: at(self.prior), ..self }
    }
}

fn is_null(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_null)
}

struct Walk {
    requires_replace: Vec<Path>,
    creating: bool,
    path: Path,
}

impl Walk {
    fn object(&mut self, level: Level<'_>, rules: &Rules, at: Places<'_>, value: &Value) -> Value {
        let Kind::Object(entries) = value.kind() else { return value.clone() };
        let members = entries.iter().map(|(name, value)| {
            self.path.0.push(PathStep::Attribute(name.clone()));
            let planned = self.member(level, name, rules.get(name), at.member(name), value);
            self.path.0.pop();
            (name.clone(), planned)
        });
        Value::object(members.collect())
    }

    fn member(
        &mut self,
        level: Level<'_>,
        name: &str,
        rule: Option<&Rule>,
        mut at: Places<'_>,
        proposed: &Value,
    ) -> Value {
        let mut value = proposed.clone();
        if let Some(attribute) = level.attributes.get(name) {
            let has_default = rule.is_some_and(|r| r.default.is_some());
            if at.mark && attribute.computed && !has_default && is_null(at.config) {
                value = Value::unknown(attribute.implied_type());
            }
            let config_known = at.config.is_none_or(Value::is_known);
            if let Some(prior) = at.prior
                && rule.is_some_and(|r| r.keep)
                && !value.is_known()
                && config_known
                && !prior.is_null()
            {
                value = prior.clone();
                at.mark = false;
            }
        }
        if rule.is_some_and(|r| r.replace) && !self.creating && differs(&value, at.prior) {
            self.requires_replace.push(self.path.clone());
        }
        match level.below(name) {
            Some(below) => {
                let none = Rules::default();
                self.nested(below, rule.map_or(&none, |r| &r.nested), at, &value)
            }
            None => value,
        }
    }

    fn nested(&mut self, level: Level<'_>, rules: &Rules, at: Places<'_>, value: &Value) -> Value {
        match value.kind() {
            Kind::Object(_) => self.object(level, rules, at, value),
            Kind::List(list) => {
                let items = self.sequence(level, rules, at, &list.items);
                Value::list(list.element.clone(), items)
            }
            Kind::Tuple(items) => Value::tuple(self.sequence(level, rules, at, items)),
            Kind::Map(map) => {
                let items = map.entries.iter().map(|(key, item)| {
                    self.path.0.push(PathStep::Index(Value::string(key.clone())));
                    let planned = self.object(level, rules, at.member(key), item);
                    self.path.0.pop();
                    (key.clone(), planned)
                });
                Value::map(map.element.clone(), items.collect())
            }
            Kind::Set(set) => {
                let configured = ConfiguredElements::of(level, at);
                let items = set.items.iter().enumerate().map(|(i, item)| {
                    let at = Places { config: configured.find(level, item), ..at.element(i) };
                    self.path.0.push(PathStep::Index(item.clone()));
                    let planned = self.object(level, rules, at, item);
                    self.path.0.pop();
                    planned
                });
                Value::set(set.element.clone(), items.collect())
            }
            _ => value.clone(),
        }
    }

    fn sequence(
        &mut self,
        level: Level<'_>,
        rules: &Rules,
        at: Places<'_>,
        items: &[Value],
    ) -> Vec<Value> {
        let items = items.iter().enumerate().map(|(i, item)| {
            self.path.0.push(PathStep::Index(Value::number(i as i64)));
            let planned = self.object(level, rules, at.element(i), item);
            self.path.0.pop();
            planned
        });
        items.collect()
    }
}

fn differs(value: &Value, prior: Option<&Value>) -> bool {
    match prior {
        Some(prior) => value != prior,
        None => !value.is_null(),
    }
}

/// A set's elements as configured, by what is not computed of them: elements have no other name
/// by which a proposed one, which has computed parts, could be told.
struct ConfiguredElements<'v> {
    by_configured: HashMap<Value, Vec<&'v Value>>,
}

impl<'v> ConfiguredElements<'v> {
    fn of(level: Level<'_>, at: Places<'v>) -> ConfiguredElements<'v> {
        let mut by_configured: HashMap<Value, Vec<&Value>> = HashMap::new();
        // Otherwise the schema tells what cannot have been configured.
        if at.mark && level.has_optional_computed() {
            for element in at.config.and_then(Value::as_sequence).unwrap_or_default() {
                by_configured.entry(without_computed(level, element)).or_default().push(element);
            }
        }
        ConfiguredElements { by_configured }
    }

    fn find(&self, level: Level<'_>, proposed: &Value) -> Option<&'v Value> {
        if self.by_configured.is_empty() {
            return None;
        }
        let candidates = self.by_configured.get(&without_computed(level, proposed))?;
        let agrees = |c: &&&Value| agrees(c, proposed);
        candidates.iter().find(agrees).or(candidates.first()).copied()
    }
}

/// The object with all computed attributes null.
fn without_computed(level: Level<'_>, value: &Value) -> Value {
    let below = |value: &Value| without_computed(level, value);
    match value.kind() {
        Kind::Object(entries) => {
            let members = entries.iter().map(|(name, value)| {
                let stripped = match level.attributes.get(name) {
                    Some(a) if a.computed => Value::null(a.implied_type()),
                    _ => match level.below(name) {
                        Some(level) => without_computed(level, value),
                        None => value.clone(),
                    },
                };
                (name.clone(), stripped)
            });
            Value::object(members.collect())
        }
        Kind::List(l) => Value::list(l.element.clone(), l.items.iter().map(below).collect()),
        Kind::Set(s) => Value::set(s.element.clone(), s.items.iter().map(below).collect()),
        Kind::Tuple(items) => Value::tuple(items.iter().map(below).collect()),
        Kind::Map(m) => {
            let items = m.entries.iter().map(|(k, v)| (k.clone(), below(v)));
            Value::map(m.element.clone(), items.collect())
        }
        _ => value.clone(),
    }
}

/// Whether everything that is configured is so in the proposed element.
fn agrees(config: &Value, proposed: &Value) -> bool {
    match (config.as_entries(), proposed.as_entries()) {
        (Some(config), Some(proposed)) => config.iter().all(|(name, value)| {
            value.is_null() || proposed.get(name).is_some_and(|proposed| agrees(value, proposed))
        }),
        _ => config == proposed,
    }
}

fn fill_defaults(level: Level<'_>, rules: &Rules, config: Option<&Value>, value: &Value) -> Value {
    let element = |index: usize| config.and_then(Value::as_sequence).and_then(|c| c.get(index));
    match value.kind() {
        Kind::Object(entries) => {
            let members = entries.iter().map(|(name, value)| {
                let config = config.and_then(|c| c.get(name));
                let Some(rule) = rules.get(name) else { return (name.clone(), value.clone()) };
                let value = match &rule.default {
                    Some(default) if is_null(config) => default.clone(),
                    _ => value.clone(),
                };
                let value = match level.below(name) {
                    Some(level) => fill_defaults(level, &rule.nested, config, &value),
                    None => value,
                };
                (name.clone(), value)
            });
            Value::object(members.collect())
        }
        Kind::List(l) => {
            let items = l.items.iter().enumerate();
            let items = items.map(|(i, item)| fill_defaults(level, rules, element(i), item));
            Value::list(l.element.clone(), items.collect())
        }
        Kind::Tuple(items) => {
            let items = items.iter().enumerate();
            Value::tuple(items.map(|(i, v)| fill_defaults(level, rules, element(i), v)).collect())
        }
        Kind::Map(m) => {
            let items = m.entries.iter().map(|(key, item)| {
                let config = config.and_then(|c| c.get(key));
                (key.clone(), fill_defaults(level, rules, config, item))
            });
            Value::map(m.element.clone(), items.collect())
        }
        Kind::Set(s) => {
            let configured =
                ConfiguredElements::of(level, Places { config, prior: None, mark: true });
            let items = s
                .items
                .iter()
                .map(|item| fill_defaults(level, rules, configured.find(level, item), item));
            Value::set(s.element.clone(), items.collect())
        }
        _ => value.clone(),
    }
}
