//! The proposed new value: configuration and prior object merged.

use std::collections::BTreeMap;

use groma_schema::{Attribute, Block, NestedBlock, NestedObject, Nesting};
use groma_value::{Entries, Kind, Str, Type, Value};

/// Merges configuration and prior object: what the configuration sets stays, and a computed
/// attribute that it does not set keeps its prior value. `prior` is null where the object is to be
/// created. Both conform to the schema; the result is what providers are asked to plan.
pub fn proposed_new(schema: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    block(schema, prior, config)
}

/// The prior value of a member; null of its type where there is no prior object.
fn member(object: &Value, name: &str, ty: impl FnOnce() -> Type) -> Value {
    if !object.is_known() {
        return Value::unknown(ty());
    }
    object.get(name).cloned().unwrap_or_else(|| Value::null(ty()))
}

fn block(schema: &Block, prior: &Value, config: &Value) -> Value {
    let mut entries: Vec<(Str, Value)> = attributes(&schema.attributes, prior, config);
    for (name, nested) in &schema.blocks {
        let prior = member(prior, name, || nested.implied_type());
        let config = member(config, name, || nested.implied_type());
        entries.push((name.clone(), nested_block(nested, &prior, &config)));
    }
    Value::object(entries.into_iter().collect())
}

fn attributes(
    schemas: &BTreeMap<Str, Attribute>,
    prior: &Value,
    config: &Value,
) -> Vec<(Str, Value)> {
    schemas
        .iter()
        .map(|(name, schema)| {
            let prior = member(prior, name, || schema.implied_type());
            let config = member(config, name, || schema.implied_type());
            (name.clone(), attribute(schema, &prior, &config))
        })
        .collect()
}

fn attribute(schema: &Attribute, prior: &Value, config: &Value) -> Value {
    if schema.write_only {
        return Value::null(schema.implied_type());
    }
    if schema.computed && config.is_null() {
        // Objects that only a configuration can have set were taken out of it on purpose.
        if schema.optional && schema.nested().is_some_and(|n| has_configured(n, prior)) {
            return config.clone();
        }
        return prior.clone();
    }
    match schema.nested() {
        Some(nested) => nested_attribute(nested, prior, config),
        None => config.clone(),
    }
}

/// Whether any nested object has a value where only the configuration can have put one.
fn has_configured(schema: &NestedObject, value: &Value) -> bool {
    fn object(schema: &NestedObject, value: &Value) -> bool {
        schema.attributes.iter().any(|(name, attribute)| match value.get(name) {
            None => false,
            Some(v) if v.is_null() => false,
            Some(_) if !attribute.computed => true,
            Some(v) => attribute.nested().is_some_and(|n| has_configured(n, v)),
        })
    }
    if value.is_null() || !value.is_known() {
        return false;
    }
    match schema.nesting {
        Nesting::Single | Nesting::Group => object(schema, value),
        _ => elements(value).any(|v| object(schema, v)),
    }
}

fn elements(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match (value.as_sequence(), value.as_entries()) {
        (Some(items), _) => Box::new(items.iter()),
        (_, Some(entries)) => Box::new(entries.values()),
        _ => Box::new(std::iter::empty()),
    }
}

fn nested_attribute(schema: &NestedObject, prior: &Value, config: &Value) -> Value {
    let object = |prior: &Value, config: &Value| {
        if config.is_null() || !config.is_known() {
            return config.clone();
        }
        Value::object(attributes(&schema.attributes, prior, config).into_iter().collect())
    };
    let matches =
        |prior: &Value, config: &Value| attributes_could_become(&schema.attributes, prior, config);
    nested(schema.nesting, || schema.object_type(), prior, config, &object, &matches)
}

fn nested_block(schema: &NestedBlock, prior: &Value, config: &Value) -> Value {
    let object = |prior: &Value, config: &Value| {
        if config.is_null() || !config.is_known() {
            return config.clone();
        }
        block(&schema.block, prior, config)
    };
    let matches = |prior: &Value, config: &Value| block_could_become(&schema.block, prior, config);
    let ty = || schema.block.implied_type().clone();
    nested(schema.nesting, ty, prior, config, &object, &matches)
}

/// Merges what is held under a nesting, object by object.
fn nested(
    nesting: Nesting,
    object_type: impl Fn() -> Type,
    prior: &Value,
    config: &Value,
    object: &dyn Fn(&Value, &Value) -> Value,
    matches: &dyn Fn(&Value, &Value) -> bool,
) -> Value {
    if config.is_null() || !config.is_known() {
        return config.clone();
    }
    let none = Value::null(Type::Dynamic);
    match nesting {
        Nesting::Single | Nesting::Group => object(prior, config),
        Nesting::List => {
            let priors = prior.as_sequence().unwrap_or_default();
            let items = elements(config)
                .enumerate()
                .map(|(i, item)| object(priors.get(i).unwrap_or(&none), item))
                .collect();
            match config.kind() {
                Kind::Tuple(_) => Value::tuple(items),
                _ => Value::list(object_type(), items),
            }
        }
        Nesting::Map => {
            let entries: Entries = config
                .as_entries()
                .into_iter()
                .flat_map(Entries::iter)
                .map(|(key, item)| (key.clone(), object(prior.get(key).unwrap_or(&none), item)))
                .collect();
            match config.kind() {
                Kind::Object(_) => Value::object(entries),
                _ => Value::map(object_type(), entries),
            }
        }
        Nesting::Set => {
            let mut priors: Vec<Option<&Value>> =
                prior.as_sequence().unwrap_or_default().iter().map(Some).collect();
            let items = elements(config)
                .map(|item| {
                    let found = priors
                        .iter_mut()
                        .find(|p| p.is_some_and(|p| matches(p, item)))
                        .and_then(Option::take);
                    object(found.unwrap_or(&none), item)
                })
                .collect();
            Value::set(object_type(), items)
        }
    }
}

/// Whether a prior element of a set may be what a configured element has become: all that the
/// configuration sets is equal, and the rest is computed.
fn block_could_become(schema: &Block, prior: &Value, config: &Value) -> bool {
    if prior.is_null() || config.is_null() {
        return prior.is_null() && config.is_null();
    }
    attributes_could_become(&schema.attributes, prior, config)
        && schema.blocks.iter().all(|(name, nested)| {
            let (Some(prior), Some(config)) = (prior.get(name), config.get(name)) else {
                return true;
            };
            all_could_become(prior, config, &|p, c| block_could_become(&nested.block, p, c))
        })
}

fn attributes_could_become(
    schemas: &BTreeMap<Str, Attribute>,
    prior: &Value,
    config: &Value,
) -> bool {
    if prior.is_null() || config.is_null() {
        return prior.is_null() && config.is_null();
    }
    schemas.iter().all(|(name, schema)| {
        let (Some(prior), Some(config)) = (prior.get(name), config.get(name)) else {
            return true;
        };
        if schema.computed && config.is_null() || schema.write_only {
            return true;
        }
        match schema.nested() {
            Some(nested) => all_could_become(prior, config, &|p, c| {
                attributes_could_become(&nested.attributes, p, c)
            }),
            None => prior == config,
        }
    })
}

fn all_could_become(prior: &Value, config: &Value, one: &dyn Fn(&Value, &Value) -> bool) -> bool {
    if prior.is_null() || config.is_null() || !config.is_known() || !prior.is_known() {
        return prior == config;
    }
    match (config.kind(), prior.kind()) {
        (Kind::Object(_), Kind::Object(_)) => one(prior, config),
        (Kind::Map(c), Kind::Map(p)) => {
            c.entries.len() == p.entries.len()
                && c.entries.iter().all(|(k, c)| p.entries.get(k).is_some_and(|p| one(p, c)))
        }
        (Kind::Set(c), Kind::Set(p)) => {
            c.items.len() == p.items.len()
                && c.items.iter().all(|c| p.items.iter().any(|p| one(p, c)))
        }
        _ => {
            let (c, p) =
                (config.as_sequence().unwrap_or_default(), prior.as_sequence().unwrap_or_default());
            c.len() == p.len() && c.iter().zip(p).all(|(c, p)| one(p, c))
        }
    }
}
