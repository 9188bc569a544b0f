//! Types as text.

use std::fmt;

use crate::Type;

impl Type {
    /// What the type is called in messages: `list of string`, `object`.
    pub fn friendly_name(&self) -> String {
        self.name("dynamic", "dynamic")
    }

    /// What the type is called in messages that demand it: `list of any single type`.
    pub fn friendly_name_for_constraint(&self) -> String {
        self.name("any type", "any single type")
    }

    fn name(&self, dynamic: &str, dynamic_element: &str) -> String {
        let collection = |kind: &str, element: &Type| match element {
            Type::Dynamic => format!("{kind} of {dynamic_element}"),
            _ => format!("{kind} of {}", element.name(dynamic, dynamic_element)),
        };
        match self {
            Type::Dynamic => dynamic.to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Number => "number".to_owned(),
            Type::String => "string".to_owned(),
            Type::List(e) => collection("list", e),
            Type::Set(e) => collection("set", e),
            Type::Map(e) => collection("map", e),
            Type::Tuple(_) => "tuple".to_owned(),
            Type::Object(_) => "object".to_owned(),
        }
    }

    /// The type as a constraint in configuration: `object({name=string,size=optional(number)})`.
    pub fn type_string(&self) -> String {
        self.to_string()
    }
}

/// The type as a constraint in configuration.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Dynamic => f.write_str("any"),
            Type::Bool => f.write_str("bool"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::List(e) => write!(f, "list({e})"),
            Type::Set(e) => write!(f, "set({e})"),
            Type::Map(e) => write!(f, "map({e})"),
            Type::Tuple(es) => {
                f.write_str("tuple([")?;
                for (i, e) in es.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    write!(f, "{comma}{e}")?;
                }
                f.write_str("])")
            }
            Type::Object(o) => {
                f.write_str("object({")?;
                for (i, (name, ty)) in o.attributes.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    f.write_str(comma)?;
                    if is_identifier(name) {
                        write!(f, "{name}=")?
                    } else {
                        write!(f, "{name:?}=")?
                    }
                    match o.optional.contains(name) {
                        true => write!(f, "optional({ty})")?,
                        false => write!(f, "{ty}")?,
                    }
                }
                f.write_str("})")
            }
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts() {
        let object =
            Type::object_with_optional([("b", Type::Number), ("a c", Type::Dynamic)], ["b"]);
        assert_eq!(object.type_string(), "object({\"a c\"=any,b=optional(number)})");
        assert_eq!(object.friendly_name(), "object");
        let list = Type::list(Type::Dynamic);
        assert_eq!(list.friendly_name(), "list of dynamic");
        assert_eq!(list.friendly_name_for_constraint(), "list of any single type");
        assert_eq!(Type::Dynamic.friendly_name_for_constraint(), "any type");
        assert_eq!(Type::tuple([Type::Bool, list]).to_string(), "tuple([bool,list(any)])");
        assert_eq!(Type::map(Type::set(Type::String)).friendly_name(), "map of set of string");
    }
}
