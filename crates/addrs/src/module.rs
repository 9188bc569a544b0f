//! Modules, their instances, and instance keys.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use groma_value::{Str, Type, Value};

/// What tells the instances of one resource or module call from each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum InstanceKey {
    /// There is just one, without `count` and `for_each`.
    #[default]
    None,
    /// The index under `count`.
    Int(i64),
    /// The key under `for_each`.
    String(Str),
    /// It is not known which keys there are: what stands for all that there may be. Plans speak of
    /// such instances, and nothing else does.
    Unknown,
}

impl InstanceKey {
    /// The key for a known index value: a whole number or a string.
    pub fn from_value(value: &Value) -> Option<InstanceKey> {
        if let Some(s) = value.as_str() {
            return Some(InstanceKey::String(s.clone()));
        }
        value.as_number().and_then(|n| n.as_i64()).map(InstanceKey::Int)
    }

    /// The value of `each.key` or `count.index`; `None` for no key.
    pub fn to_value(&self) -> Option<Value> {
        match self {
            InstanceKey::None => None,
            InstanceKey::Int(i) => Some(Value::number(*i)),
            InstanceKey::String(s) => Some(Value::string(s.clone())),
            InstanceKey::Unknown => Some(Value::unknown(Type::Dynamic)),
        }
    }
}

/// Nothing, `[0]`, `["key"]`, quoted as in the language, or `[*]`.
impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::None => Ok(()),
            InstanceKey::Int(i) => write!(f, "[{i}]"),
            InstanceKey::Unknown => f.write_str("[*]"),
            InstanceKey::String(s) => {
                f.write_str("[\"")?;
                let mut chars = s.chars().peekable();
                while let Some(c) = chars.next() {
                    match c {
                        '"' => f.write_str("\\\"")?,
                        '\\' => f.write_str("\\\\")?,
                        '\n' => f.write_str("\\n")?,
                        '\r' => f.write_str("\\r")?,
                        '\t' => f.write_str("\\t")?,
                        '$' | '%' if chars.peek() == Some(&'{') => write!(f, "{c}{c}")?,
                        c => write!(f, "{c}")?,
                    }
                }
                f.write_str("\"]")
            }
        }
    }
}

/// A module as it is written: the names of the calls from the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Module(Arc<[Str]>);

impl Module {
    /// The root module.
    pub fn root() -> Module {
        Module(Arc::from([]))
    }

    /// The module behind these calls.
    pub fn new(names: impl IntoIterator<Item = Str>) -> Module {
        Module(names.into_iter().collect())
    }

    /// The names of the calls.
    pub fn names(&self) -> &[Str] {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The module that a call in this one leads to.
    pub fn child(&self, name: impl Into<Str>) -> Module {
        self.0.iter().cloned().chain([name.into()]).collect::<Vec<_>>().into()
    }

    /// The calling module and the name of the call; `None` for the root.
    pub fn parent(&self) -> Option<(Module, &Str)> {
        let (last, rest) = self.0.split_last()?;
        Some((Module(rest.into()), last))
    }

    /// Whether `other` is this module or below it.
    pub fn contains(&self, other: &Module) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl From<Vec<Str>> for Module {
    fn from(names: Vec<Str>) -> Self {
        Module(names.into())
    }
}

/// `module.a.module.b`; empty for the root.
impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, name) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "module.{name}")?;
        }
        Ok(())
    }
}

/// One step of a module instance's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    /// The name of the call.
    pub name: Str,
    /// Which of its instances.
    pub key: InstanceKey,
}

/// An instance of a module.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleInstance(Arc<[ModuleStep]>);

impl ModuleInstance {
    /// The root module.
    pub fn root() -> ModuleInstance {
        ModuleInstance(Arc::from([]))
    }

    /// The instance at these steps.
    pub fn new(steps: Vec<ModuleStep>) -> ModuleInstance {
        ModuleInstance(steps.into())
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[ModuleStep] {
        &self.0
    }

    /// Whether it is the root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// An instance of a call in this module.
    pub fn child(&self, name: impl Into<Str>, key: InstanceKey) -> ModuleInstance {
        let mut steps = self.0.to_vec();
        steps.push(ModuleStep { name: name.into(), key });
        ModuleInstance(steps.into())
    }

    /// The calling instance and the last step; `None` for the root.
    pub fn parent(&self) -> Option<(ModuleInstance, &ModuleStep)> {
        let (last, rest) = self.0.split_last()?;
        Some((ModuleInstance(rest.into()), last))
    }

    /// The module that it is an instance of.
    pub fn module(&self) -> Module {
        self.0.iter().map(|s| s.name.clone()).collect::<Vec<_>>().into()
    }

    /// Whether `other` is this instance or below it.
    pub fn contains(&self, other: &ModuleInstance) -> bool {
        other.0.starts_with(&self.0)
    }
}

/// Shallower modules come first, then by names and keys.
impl Ord for ModuleInstance {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ModuleInstance {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// `module.a["x"].module.b[0]`; empty for the root.
impl fmt::Display for ModuleInstance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "module.{}{}", step.name, step.key)?;
        }
        Ok(())
    }
}
