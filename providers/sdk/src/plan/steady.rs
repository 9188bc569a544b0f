//! Planning as providers of the older SDK do it ([`Rules::steady`]): from the configuration and the
//! prior object, attribute by attribute.

use std::collections::BTreeMap;

use groma_schema::{Attribute, Block, NestedBlock, Nesting};
use groma_value::{Kind, Path, Str, Type, Value};

use super::Plan;
use super::rules::{Rule, Rules};
use crate::PlanRequest;
use crate::model::form::{alike, is_nothing};

pub(super) fn plan(block: &Block, rules: &Rules, request: &PlanRequest) -> Plan {
    let prior = (!request.prior.is_null()).then_some(&request.prior);
    let pass = |changing: bool| {
        let mut walk = Walk { changing, updating: prior.is_some(), replace: Vec::new() };
        let level = Level { attributes: &block.attributes, blocks: &block.blocks, rules };
        let planned = walk.object(level, Path::root(), &request.config, prior);
        Plan { planned, requires_replace: walk.replace }
    };
    let plan = pass(false);
    // Whether anything changes is known only after the first pass.
    if prior.is_some_and(|prior| *prior != plan.planned) && rules.has_volatile() {
        return pass(true);
    }
    plan
}

static NO_BLOCKS: BTreeMap<Str, NestedBlock> = BTreeMap::new();
static NO_RULE: Rule = Rule {
    replace: false,
    keep: false,
    volatile: false,
    computed: false,
    default: None,
    same: None,
    nested: Rules::NONE,
};

/// What the members of an object are.
#[derive(Clone, Copy)]
struct Level<'s> {
    attributes: &'s BTreeMap<Str, Attribute>,
    blocks: &'s BTreeMap<Str, NestedBlock>,
    rules: &'s Rules,
}

struct Walk {
    /// Whether the object as a whole changes.
    changing: bool,
    updating: bool,
    replace: Vec<Path>,
}

impl Walk {
    fn object(
        &mut self,
        at: Level<'_>,
        path: Path,
        config: &Value,
        prior: Option<&Value>,
    ) -> Value {
        if config.is_null() || !config.is_known() {
            return config.clone();
        }
        let mut members = Vec::with_capacity(at.attributes.len() + at.blocks.len());
        for (name, attribute) in at.attributes {
            let rule = at.rules.get(name).unwrap_or(&NO_RULE);
            let member = Member {
                path: path.attribute(name.clone()),
                config: config.get(name).filter(|c| !c.is_null()),
                prior: prior.and_then(|p| p.get(name)),
            };
            members.push((name.clone(), self.attribute(attribute, rule, member)));
        }
        for (name, block) in at.blocks {
            let rule = at.rules.get(name).unwrap_or(&NO_RULE);
            let member = Member {
                path: path.attribute(name.clone()),
                config: config.get(name),
                prior: prior.and_then(|p| p.get(name)),
            };
            members.push((name.clone(), self.blocks(block, rule, member)));
        }
        Value::object(members.into_iter().collect())
    }

    fn attribute(&mut self, attribute: &Attribute, rule: &Rule, member: Member<'_>) -> Value {
        if attribute.write_only {
            // It is never stored, so that it is set is no change.
            return Value::null(attribute.implied_type());
        }
        let planned = match member.config {
            Some(config) => self.configured(attribute, rule, &member, config),
            None => self.not_configured(attribute, rule, member.prior),
        };
        self.note(rule, &member, &planned);
        planned
    }

    fn configured(
        &mut self,
        attribute: &Attribute,
        rule: &Rule,
        member: &Member<'_>,
        config: &Value,
    ) -> Value {
        let prior = member.prior;
        if config.is_wholly_known()
            && let Some(prior) = prior
            && (alike(prior, config) || rule.same.as_ref().is_some_and(|s| s.holds(prior, config)))
        {
            return prior.clone();
        }
        match attribute.nested() {
            Some(nested) => {
                let at = Level {
                    attributes: &nested.attributes,
                    blocks: &NO_BLOCKS,
                    rules: &rule.nested,
                };
                self.elements(at, &member.path, config, prior)
            }
            None => config.clone(),
        }
    }

    fn not_configured(&self, attribute: &Attribute, rule: &Rule, prior: Option<&Value>) -> Value {
        let unset = || Value::null(attribute.implied_type());
        if let Some(default) = &rule.default {
            return match prior {
                Some(prior) if alike(prior, default) => prior.clone(),
                _ => default.clone(),
            };
        }
        match prior {
            _ if attribute.computed && rule.volatile && self.changing => {
                Value::unknown(attribute.implied_type())
            }
            Some(prior) if attribute.computed || is_nothing(prior) => prior.clone(),
            // Also in a nested object that is new.
            None if attribute.computed => Value::unknown(attribute.implied_type()),
            _ => unset(),
        }
    }

    fn blocks(&mut self, nested: &NestedBlock, rule: &Rule, member: Member<'_>) -> Value {
        let config = member.config.cloned().unwrap_or_else(|| nested.empty_value());
        let at = Level {
            attributes: &nested.block.attributes,
            blocks: &nested.block.blocks,
            rules: &rule.nested,
        };
        let planned = match member.prior {
            _ if !is_nothing(&config) => self.elements(at, &member.path, &config, member.prior),
            Some(prior) if rule.computed || is_nothing(prior) => prior.clone(),
            None if rule.computed => nested.unknown_value(),
            _ => config,
        };
        // Blocks of a map or a single one are told by attribute; lists and sets also by number.
        let counted = matches!(nested.nesting, Nesting::List | Nesting::Set);
        if counted || rule.replace {
            self.note(rule, &member, &planned);
        }
        planned
    }

    /// The objects of a collection, or the one object.
    fn elements(
        &mut self,
        at: Level<'_>,
        path: &Path,
        config: &Value,
        prior: Option<&Value>,
    ) -> Value {
        let element = |i: usize| prior?.as_sequence()?.get(i);
        match config.kind() {
            Kind::Object(_) => {
                self.object(at, path.clone(), config, prior.filter(|p| !p.is_null()))
            }
            Kind::List(list) => {
                let items = list.items.iter().enumerate().map(|(i, item)| {
                    let path = path.index(Value::number(i as i64));
                    self.object(at, path, item, element(i))
                });
                Value::list(list.element.clone(), items.collect())
            }
            Kind::Map(map) => {
                let items = map.entries.iter().map(|(key, item)| {
                    let path = path.index(Value::string(key.clone()));
                    let prior = prior.and_then(|p| p.get(key));
                    (key.clone(), self.object(at, path, item, prior))
                });
                Value::map(map.element.clone(), items.collect())
            }
            Kind::Set(set) => self.set(at, path, &set.element, &set.items, prior),
            _ => config.clone(),
        }
    }

    /// Elements of a set have no other name than what is configured of them: one that has a prior
    /// one with the same configuration is that one.
    fn set(
        &mut self,
        at: Level<'_>,
        path: &Path,
        element: &Type,
        items: &[Value],
        prior: Option<&Value>,
    ) -> Value {
        let mut left: Vec<&Value> =
            prior.and_then(Value::as_sequence).unwrap_or_default().iter().collect();
        let planned = items.iter().map(|item| {
            let found = left.iter().position(|prior| {
                let mut trial = Walk { changing: false, updating: false, replace: Vec::new() };
                alike(&trial.object(at, Path::root(), item, Some(prior)), prior)
            });
            if let Some(i) = found {
                return left.swap_remove(i).clone();
            }
            // Paths into a set name the element, which is not the stored one.
            let known = self.replace.len();
            let planned = self.object(at, path.clone(), item, None);
            if self.replace.len() > known {
                self.replace.truncate(known);
                self.replaced(path.clone());
            }
            planned
        });
        let planned = planned.collect();
        Value::set(element.clone(), planned)
    }

    /// Notes if a change of a member cannot be made in place.
    fn note(&mut self, rule: &Rule, member: &Member<'_>, planned: &Value) {
        if !rule.replace || !self.updating {
            return;
        }
        let changes = match member.prior {
            Some(prior) => !alike(prior, planned),
            None => !is_nothing(planned),
        };
        if changes {
            self.replaced(member.path.clone());
        }
    }

    fn replaced(&mut self, path: Path) {
        if !self.replace.contains(&path) {
            self.replace.push(path);
        }
    }
}

/// A member of an object.
struct Member<'v> {
    path: Path,
    /// What is configured; none if nothing is.
    config: Option<&'v Value>,
    prior: Option<&'v Value>,
}
