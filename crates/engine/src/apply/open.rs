//! What planning had to leave open.

use groma_schema::{Attribute, Block};
use groma_value::Value;

/// Whether something that the configuration says was not known while planning: then the plan has
/// to be finished before it can be applied. `planned` is what was planned, `config` is known now.
pub(super) fn was_open(block: &Block, planned: &Value, config: &Value) -> bool {
    if planned.is_wholly_known() || config.is_null() {
        return false;
    }
    if !planned.is_known() {
        return true;
    }
    let member = |value: &Value, name: &str| value.get(name).cloned().unwrap_or(Value::NULL);
    let open = |name: &str, attribute: &Attribute| {
        let configurable = attribute.optional || attribute.required;
        configurable && !member(config, name).is_null() && !member(planned, name).is_wholly_known()
    };
    if block.attributes.iter().any(|(name, attribute)| open(name, attribute)) {
        return true;
    }
    block.blocks.iter().any(|(name, nested)| {
        let (planned, config) = (member(planned, name), member(config, name));
        if planned.is_wholly_known() {
            return false;
        }
        match (planned.as_sequence(), config.as_sequence()) {
            (Some(p), Some(c)) if p.len() == c.len() => {
                // The elements of sets may stand in another order than those they came from: any
                // pair will do to find what is open.
                let set = matches!(planned.kind(), groma_value::Kind::Set(_));
                p.iter().enumerate().any(|(i, p)| match set {
                    true => c.iter().any(|c| was_open(&nested.block, p, c)),
                    false => was_open(&nested.block, p, &c[i]),
                })
            }
            (None, None) if planned.is_known() && planned.as_entries().is_some() => {
                match nested.nesting {
                    groma_schema::Nesting::Map => true,
                    _ => was_open(&nested.block, &planned, &config),
                }
            }
            _ => true,
        }
    })
}
