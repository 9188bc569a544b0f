//! What the built-in functions are, for those who want to know: their signatures and descriptions.

use std::collections::BTreeMap;

use groma_hcl::Param;
use groma_schema::{FunctionParameter, FunctionSignature, TextKind};
use groma_value::{Str, Type};

use super::builtins;
use super::spec::Builtin;

/// One function a line: its name, a colon, what it gives.
const DESCRIPTIONS: &str = include_str!("descriptions.txt");

/// The signatures of all built-in functions, by their names.
pub fn signatures() -> BTreeMap<Str, FunctionSignature> {
    let all = builtins().values();
    // Those that only say what took their place are not offered.
    let offered = all.filter(|builtin| !matches!(builtin.name, "list" | "map"));
    offered.map(|builtin| (Str::from(builtin.name), signature(builtin))).collect()
}

fn signature(builtin: &Builtin) -> FunctionSignature {
    let parameter = |param: &Param| FunctionParameter {
        name: Str::from(&*param.name),
        ty: param.ty.clone(),
        allow_null: param.allow_null && !builtin.is_lazy(),
        allow_unknown: param.allow_unknown,
        description: String::new(),
        description_kind: TextKind::Plain,
    };
    FunctionSignature {
        parameters: builtin.params().iter().map(parameter).collect(),
        variadic: builtin.variadic_param().map(parameter),
        return_type: return_type(builtin),
        summary: String::new(),
        description: description(builtin.name).to_owned(),
        description_kind: TextKind::Plain,
        deprecation_message: String::new(),
    }
}

/// The type of a result as programs know it that have read such signatures before: open wherever it
/// may depend on arguments, even if it comes to the same.
pub(super) fn return_type(builtin: &Builtin) -> Type {
    match builtin.name {
        "can" => Type::Bool,
        "templatestring" => Type::String,
        "contains" | "format" | "formatlist" | "index" | "merge" | "parseint" | "sum" => {
            Type::Dynamic
        }
        _ => builtin.declared_result(),
    }
}

fn description(name: &str) -> &'static str {
    let mut lines = DESCRIPTIONS.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(described, _)| *described == name).map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_described() {
        let described = DESCRIPTIONS.lines().count();
        let signatures = signatures();
        assert_eq!(signatures.len(), described);
        for (name, signature) in signatures {
            assert!(signature.description.ends_with('.'), "{name}");
        }
    }
}
