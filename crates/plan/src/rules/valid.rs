//! Whether a planned object keeps to its configuration.

use std::collections::BTreeMap;

use groma_schema::{Attribute, Block, Nesting};
use groma_value::{Kind, Path, Str, Value};

use super::Violation;

/// Checks what a provider planned: where the configuration sets an attribute, the planned value is
/// that or the prior one (which the provider may keep where it means the same); what the
/// configuration leaves out may differ only if it is computed; nested blocks are as many as
/// configured. Empty if all is well.
pub fn assert_plan_valid(
    schema: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Vec<Violation> {
    let mut check = Check { violations: Vec::new() };
    if !planned.is_known() {
        check.add(&Path::root(), "planned for the whole object to be unknown".into());
    } else if planned.is_null() != config.is_null() {
        let message = if planned.is_null() {
            "planned for absence but config wants existence"
        } else {
            "planned for existence but config wants absence"
        };
        check.add(&Path::root(), message.into());
    } else if !config.is_null() {
        check.block(schema, prior, config, planned, &Path::root());
    }
    check.violations
}

struct Check {
    violations: Vec<Violation>,
}

impl Check {
    fn add(&mut self, path: &Path, message: String) {
        self.violations.push(Violation { path: path.clone(), message });
    }

    fn block(&mut self, schema: &Block, prior: &Value, config: &Value, planned: &Value, at: &Path) {
        self.attributes(&schema.attributes, prior, config, planned, at);
        for (name, nested) in &schema.blocks {
            let at = at.attribute(name.clone());
            let (Some(config), Some(planned)) = (config.get(name), planned.get(name)) else {
                continue;
            };
            if !config.is_known() {
                continue;
            }
            if !planned.is_known() {
                self.add(&at, "attribute representing nested block must not be unknown itself; set nested attribute values to unknown instead".into());
                continue;
            }
            let prior = prior.get(name).cloned().unwrap_or(Value::NULL);
            self.nested(nested.nesting, &prior, config, planned, &at, &mut |c, p, cf, pl, at| {
                c.block(&nested.block, p, cf, pl, at);
            });
        }
    }

    fn attributes(
        &mut self,
        schemas: &BTreeMap<Str, Attribute>,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
    ) {
        for (name, schema) in schemas {
            let (Some(config), Some(planned)) = (config.get(name), planned.get(name)) else {
                continue;
            };
            let prior = prior.get(name).cloned().unwrap_or(Value::NULL);
            self.attribute(schema, &prior, config, planned, &at.attribute(name.clone()));
        }
    }

    fn attribute(
        &mut self,
        schema: &Attribute,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
    ) {
        if schema.write_only {
            if !planned.is_null() {
                self.add(at, "write-only attributes must not have a planned value".into());
            }
            return;
        }
        if planned == config {
            return;
        }
        if planned == prior && !prior.is_null() && !config.is_null() {
            return;
        }
        if schema.computed && config.is_null() {
            return;
        }
        if let Some(nested) = schema.nested()
            && !config.is_null()
            && config.is_known()
            && planned.is_known()
            && !planned.is_null()
        {
            self.nested(nested.nesting, prior, config, planned, at, &mut |c, p, cf, pl, at| {
                c.attributes(&nested.attributes, p, cf, pl, at);
            });
            return;
        }
        if !config.is_known() {
            // The configuration's value is not known yet: whatever fits its type may be planned,
            // though only computed attributes may be decided by the provider.
            if planned.is_known() && !schema.computed {
                self.add(
                    at,
                    "planned a known value where the configuration is not known yet".into(),
                );
            }
            return;
        }
        if config.is_null() {
            self.add(
                at,
                format!("planned value {} for a non-computed attribute", show(planned, schema)),
            );
        } else {
            self.add(
                at,
                format!(
                    "planned value {} does not match config value {}",
                    show(planned, schema),
                    show(config, schema)
                ),
            );
        }
    }

    fn nested(
        &mut self,
        nesting: Nesting,
        prior: &Value,
        config: &Value,
        planned: &Value,
        at: &Path,
        one: &mut dyn FnMut(&mut Check, &Value, &Value, &Value, &Path),
    ) {
        if config.is_null() || planned.is_null() {
            if config.is_null() != planned.is_null() {
                let message = if planned.is_null() {
                    "planned for absence but config wants existence"
                } else {
                    "planned for existence but config wants absence"
                };
                self.add(at, message.into());
            }
            return;
        }
        match nesting {
            Nesting::Single | Nesting::Group => one(self, prior, config, planned, at),
            Nesting::List | Nesting::Set => {
                let (c, p) = (
                    config.as_sequence().unwrap_or_default(),
                    planned.as_sequence().unwrap_or_default(),
                );
                if c.len() != p.len() {
                    if nesting == Nesting::Set && !config.is_wholly_known() {
                        return;
                    }
                    let what = format!(
                        "block count in plan ({}) disagrees with count in config ({})",
                        p.len(),
                        c.len()
                    );
                    return self.add(at, what);
                }
                // The elements of sets have nothing to be paired by once computed parts differ.
                if nesting == Nesting::List {
                    let priors = prior.as_sequence().unwrap_or_default();
                    for (i, (c, p)) in c.iter().zip(p).enumerate() {
                        if !p.is_known() {
                            continue;
                        }
                        let prior = priors.get(i).cloned().unwrap_or(Value::NULL);
                        one(self, &prior, c, p, &at.index(Value::number(i as i64)));
                    }
                }
            }
            Nesting::Map => {
                let (Some(c), Some(p)) = (config.as_entries(), planned.as_entries()) else {
                    return;
                };
                for (key, planned) in p.iter() {
                    let at = at.index(Value::string(key.clone()));
                    match c.get(key) {
                        Some(config) => {
                            let prior = prior.get(key).cloned().unwrap_or(Value::NULL);
                            one(self, &prior, config, planned, &at);
                        }
                        None => {
                            self.add(&at, "block key from plan is not present in config".into())
                        }
                    }
                }
                for key in c.keys().filter(|k| !p.contains_key(k)) {
                    let at = at.index(Value::string(key.clone()));
                    self.add(&at, "block key from config is not present in plan".into());
                }
            }
        }
    }
}

fn show(value: &Value, schema: &Attribute) -> String {
    if schema.sensitive {
        return "(sensitive value)".into();
    }
    match value.kind() {
        Kind::Null(_) => "null".into(),
        Kind::Unknown(_) => "(unknown)".into(),
        Kind::Bool(b) => b.to_string(),
        Kind::Number(n) => n.to_string(),
        Kind::String(s) => format!("{s:?}"),
        _ => "of the whole collection".into(),
    }
}
