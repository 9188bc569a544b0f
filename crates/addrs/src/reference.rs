//! References: what the variables in an expression name.

use std::fmt;

use groma_diag::{Diagnostic, Diagnostics, SourceRange};
use groma_hcl::{Traversal, TraversalStep};
use groma_value::{Str, Value};

use crate::parse::Part;
use crate::{InstanceKey, Resource, ResourceMode};

/// A reference in an expression: what it names, and the steps that lead on into its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What is named.
    pub subject: Referenceable,
    /// Where the part that names the subject stands.
    pub range: SourceRange,
    /// The steps behind that part.
    pub remaining: Vec<TraversalStep>,
}

/// What an expression may refer to, within its own module.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Referenceable {
    /// A resource as a whole (with no steps behind it, so that it may mean its only instance too).
    Resource(Resource),
    /// An instance of a resource. No key may also stand for all the instances: the text alone
    /// does not tell.
    ResourceInstance(Resource, InstanceKey),
    /// A module call as a whole, or its only instance.
    ModuleCall(Str),
    /// An instance of a module call.
    ModuleCallInstance(Str, InstanceKey),
    /// An output of an instance of a module call.
    ModuleCallOutput {
        /// The call.
        name: Str,
        /// Which instance of it.
        key: InstanceKey,
        /// The output.
        output: Str,
    },
    /// `var.x`
    InputVariable(Str),
    /// `local.x`
    Local(Str),
    /// `count.x`
    Count(Str),
    /// `each.x`
    Each(Str),
    /// `path.x`
    Path(Str),
    /// `terraform.x` or `tofu.x`
    Terraform(Str),
    /// `self`
    SelfRef,
    /// `provider::x::f` or `provider::x::alias::f`: a function of a provider.
    ProviderFunction(ProviderFunction),
    /// `check.x`, in test files.
    Check(Str),
    /// `output.x`, in test files.
    Output(Str),
    /// `run.x`, in test files.
    Run(Str),
}

/// A function that a provider offers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderFunction {
    /// The local name of the provider.
    pub provider: Str,
    /// The alias of its configuration.
    pub alias: Option<Str>,
    /// The function's name.
    pub function: Str,
}

impl ProviderFunction {
    /// From a name as it is called; `None` if it is not in the namespace `provider`.
    pub fn parse(name: &str) -> Option<Result<ProviderFunction, String>> {
        let rest = name.strip_prefix("provider::")?;
        let parts: Vec<&str> = rest.split("::").collect();
        Some(match parts.as_slice() {
            [provider, function] if !provider.is_empty() && !function.is_empty() => {
                Ok(ProviderFunction {
                    provider: (*provider).into(),
                    alias: None,
                    function: (*function).into(),
                })
            }
            [provider, alias, function] if parts.iter().all(|p| !p.is_empty()) => {
                Ok(ProviderFunction {
                    provider: (*provider).into(),
                    alias: Some((*alias).into()),
                    function: (*function).into(),
                })
            }
            _ => Err(format!(
                "The function name {name:?} is not valid: a provider's function is called as \
                 provider::<provider name>::<function name>.",
            )),
        })
    }
}

impl ProviderFunction {
    /// What is wrong with the name of a function that there is not, if it is in a namespace.
    pub fn why_missing(name: &str) -> Option<String> {
        let (namespace, rest) = name.split_once("::")?;
        if namespace != "provider" {
            return Some(format!(
                "The function namespace {namespace:?} is not valid. Provider function calls must \
                 use the \"provider::\" namespace prefix.",
            ));
        }
        let Some((provider, _)) = rest.split_once("::") else {
            return Some(
                "The function call must include the provider name after the \"provider::\" \
                 prefix."
                    .to_owned(),
            );
        };
        let function = rest.rsplit("::").next().unwrap_or(rest);
        Some(format!(
            "There is no function named {name:?}. Ensure that provider name {provider:?} is \
             declared in this module's required_providers block, and that this provider offers a \
             function named {function:?}.",
        ))
    }
}

impl fmt::Display for ProviderFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "provider::{}::", self.provider)?;
        if let Some(alias) = &self.alias {
            write!(f, "{alias}::")?;
        }
        f.write_str(&self.function)
    }
}

impl fmt::Display for Referenceable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Referenceable::Resource(resource) => resource.fmt(f),
            Referenceable::ResourceInstance(resource, key) => write!(f, "{resource}{key}"),
            Referenceable::ModuleCall(name) => write!(f, "module.{name}"),
            Referenceable::ModuleCallInstance(name, key) => write!(f, "module.{name}{key}"),
            Referenceable::ModuleCallOutput { name, key, output } => {
                write!(f, "module.{name}{key}.{output}")
            }
            Referenceable::InputVariable(name) => write!(f, "var.{name}"),
            Referenceable::Local(name) => write!(f, "local.{name}"),
            Referenceable::Count(name) => write!(f, "count.{name}"),
            Referenceable::Each(name) => write!(f, "each.{name}"),
            Referenceable::Path(name) => write!(f, "path.{name}"),
            Referenceable::Terraform(name) => write!(f, "terraform.{name}"),
            Referenceable::SelfRef => f.write_str("self"),
            Referenceable::ProviderFunction(function) => function.fmt(f),
            Referenceable::Check(name) => write!(f, "check.{name}"),
            Referenceable::Output(name) => write!(f, "output.{name}"),
            Referenceable::Run(name) => write!(f, "run.{name}"),
        }
    }
}

impl Reference {
    /// What a traversal names.
    pub fn parse(traversal: &Traversal) -> Result<Reference, Diagnostics> {
        parse(View::of(traversal))
    }

    /// What a traversal names if it stands in a test file, which may refer to outputs, checks and
    /// earlier runs too.
    pub fn parse_in_tests(traversal: &Traversal) -> Result<Reference, Diagnostics> {
        let view = View::of(traversal);
        match &**view.root {
            "check" => single(view, Referenceable::Check),
            "output" => single(view, Referenceable::Output),
            "run" => single(view, Referenceable::Run),
            _ => parse(view),
        }
    }

    /// [`Reference::parse`] for a traversal that is at hand as its parts.
    pub fn parse_parts(
        root: &Str,
        root_range: &SourceRange,
        steps: &[TraversalStep],
    ) -> Result<Reference, Diagnostics> {
        parse(View { root, root_range, steps })
    }
}

/// `subject.remaining`, as it would be written.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.subject.fmt(f)?;
        self.remaining.iter().try_for_each(|step| step.fmt(f))
    }
}

/// A traversal's parts, or the later ones of them.
#[derive(Clone, Copy)]
struct View<'a> {
    root: &'a Str,
    root_range: &'a SourceRange,
    steps: &'a [TraversalStep],
}

impl<'a> View<'a> {
    fn of(traversal: &'a Traversal) -> View<'a> {
        View { root: &traversal.root, root_range: &traversal.root_range, steps: &traversal.steps }
    }

    fn range(&self) -> SourceRange {
        match self.steps.last() {
            Some(last) => SourceRange::between(self.root_range, last.range()),
            None => self.root_range.clone(),
        }
    }
}

fn invalid(detail: impl Into<String>, range: &SourceRange) -> Diagnostics {
    Diagnostic::error("Invalid reference", detail).at(range).into()
}

fn parse(t: View<'_>) -> Result<Reference, Diagnostics> {
    match &**t.root {
        "count" => single(t, Referenceable::Count),
        "each" => single(t, Referenceable::Each),
        "local" => single(t, Referenceable::Local),
        "path" => single(t, Referenceable::Path),
        "terraform" | "tofu" => single(t, Referenceable::Terraform),
        "var" => single(t, Referenceable::InputVariable),
        "module" => module_call(t),
        "self" => Ok(Reference {
            subject: Referenceable::SelfRef,
            range: t.root_range.clone(),
            remaining: t.steps.to_vec(),
        }),
        "data" => prefixed(t, ResourceMode::Data, "the data source type and the resource name"),
        "ephemeral" => {
            prefixed(t, ResourceMode::Ephemeral, "the ephemeral resource type and its name")
        }
        "resource" => prefixed(t, ResourceMode::Managed, "the resource type and the resource name"),
        "template" | "lazy" | "arg" => Err(Diagnostic::error(
            "Reserved symbol name",
            format!(
                "The symbol name {:?} is reserved for use in a future version of the language. If \
                 you are using a provider that already uses this as a resource type name, add the \
                 prefix \"resource.\" to force interpretation as a resource type name.",
                &**t.root,
            ),
        )
        .at(t.root_range)
        .into()),
        _ => resource(ResourceMode::Managed, t.root, t.root_range, t.root_range, t.steps),
    }
}

/// `root.name` and what follows.
fn single(
    t: View<'_>,
    subject: impl FnOnce(Str) -> Referenceable,
) -> Result<Reference, Diagnostics> {
    match t.steps {
        [] => Err(invalid(
            format!(
                "The {:?} object cannot be accessed directly. Instead, access one of its \
                 attributes.",
                &**t.root,
            ),
            t.root_range,
        )),
        [TraversalStep::Attr { name, range }, remaining @ ..] => Ok(Reference {
            subject: subject(name.clone()),
            range: SourceRange::between(t.root_range, range),
            remaining: remaining.to_vec(),
        }),
        [step, ..] => Err(invalid(
            format!("The {:?} object does not support this operation.", &**t.root),
            step.range(),
        )),
    }
}

/// A resource behind one of the words `data`, `ephemeral` and `resource`.
fn prefixed(t: View<'_>, mode: ResourceMode, what: &str) -> Result<Reference, Diagnostics> {
    match t.steps {
        [TraversalStep::Attr { name, range }, steps @ ..] if !steps.is_empty() => {
            resource(mode, name, t.root_range, range, steps)
        }
        [step @ TraversalStep::Index { .. }, _, ..] => Err(invalid(
            format!("The {:?} object does not support this operation.", &**t.root),
            step.range(),
        )),
        _ => Err(invalid(
            format!("The {:?} object must be followed by two attribute names: {what}.", &**t.root),
            &t.range(),
        )),
    }
}

fn resource(
    mode: ResourceMode,
    ty: &Str,
    start: &SourceRange,
    type_range: &SourceRange,
    steps: &[TraversalStep],
) -> Result<Reference, Diagnostics> {
    let [TraversalStep::Attr { name, range }, steps @ ..] = steps else {
        let what = match mode {
            ResourceMode::Managed => "a resource type",
            ResourceMode::Data => "a data source",
            ResourceMode::Ephemeral => "an ephemeral resource",
        };
        return Err(invalid(
            format!(
                "A reference to {what} must be followed by at least one attribute access, \
                 specifying the resource name.",
            ),
            steps.first().map_or(type_range, TraversalStep::range),
        ));
    };
    let resource = Resource { mode, ty: ty.clone(), name: name.clone() };
    let range = SourceRange::between(start, range);
    let (key, range, remaining) = match steps {
        [] => {
            return Ok(Reference {
                subject: Referenceable::Resource(resource),
                range,
                remaining: Vec::new(),
            });
        }
        [TraversalStep::Index { key, range: at }, rest @ ..] => {
            (instance_key(key, at, "resource")?, SourceRange::between(&range, at), rest)
        }
        rest => (InstanceKey::None, range, rest),
    };
    Ok(Reference {
        subject: Referenceable::ResourceInstance(resource, key),
        range,
        remaining: remaining.to_vec(),
    })
}

fn module_call(t: View<'_>) -> Result<Reference, Diagnostics> {
    let [TraversalStep::Attr { name, range }, steps @ ..] = t.steps else {
        return single(t, Referenceable::ModuleCall);
    };
    let range = SourceRange::between(t.root_range, range);
    let (key, range, steps) = match steps {
        [TraversalStep::Index { key, range: at }, rest @ ..] => {
            (instance_key(key, at, "module")?, SourceRange::between(&range, at), rest)
        }
        rest => (InstanceKey::None, range, rest),
    };
    let name = name.clone();
    match steps {
        [] if key == InstanceKey::None => {
            Ok(Reference { subject: Referenceable::ModuleCall(name), range, remaining: Vec::new() })
        }
        [] => Ok(Reference {
            subject: Referenceable::ModuleCallInstance(name, key),
            range,
            remaining: Vec::new(),
        }),
        [TraversalStep::Attr { name: output, range: at }, remaining @ ..] => Ok(Reference {
            subject: Referenceable::ModuleCallOutput { name, key, output: output.clone() },
            range: SourceRange::between(&range, at),
            remaining: remaining.to_vec(),
        }),
        [step, ..] => {
            Err(invalid("Module instance objects do not support this operation.", step.range()))
        }
    }
}

fn instance_key(key: &Value, range: &SourceRange, of: &str) -> Result<InstanceKey, Diagnostics> {
    InstanceKey::from_value(key).ok_or_else(|| {
        Diagnostic::error(
            "Invalid index key",
            format!("Invalid index for {of} instance: a whole number or a string is required."),
        )
        .at(range)
        .into()
    })
}

/// The parts of an address that is written as a traversal, as in `moved`, `removed` and `import`
/// blocks.
pub fn parts_from_traversal(traversal: &Traversal) -> Result<Vec<Part>, Diagnostics> {
    let root = std::iter::once(Ok(Part::Name(traversal.root.clone())));
    let steps = traversal.steps.iter().map(|step| match step {
        TraversalStep::Attr { name, .. } => Ok(Part::Name(name.clone())),
        TraversalStep::Index { key, range } => {
            InstanceKey::from_value(key).map(Part::Key).ok_or_else(|| {
                Diagnostic::error(
                    "Invalid address",
                    "An index in an address is a whole number or a string.",
                )
                .at(range)
                .into()
            })
        }
    });
    root.chain(steps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> SourceRange {
        SourceRange::start_of("test.tf")
    }

    /// Traversals for tests: names, or keys where it begins with a bracket.
    fn traversal(text: &str) -> Traversal {
        let mut names = text.split('.').flat_map(|part| {
            let mut pieces = part.split('[');
            let name = pieces.next().map(|n| (false, n));
            name.into_iter().chain(pieces.map(|k| (true, k.trim_end_matches(']'))))
        });
        let (_, root) = names.next().unwrap();
        let steps = names.map(|(is_key, part)| {
            if !is_key {
                TraversalStep::Attr { name: part.into(), range: at() }
            } else if let Ok(i) = part.parse::<i64>() {
                TraversalStep::Index { key: Value::from(i), range: at() }
            } else {
                TraversalStep::Index { key: Value::from(part.trim_matches('"')), range: at() }
            }
        });
        Traversal { root: root.into(), root_range: at(), steps: steps.collect() }
    }

    fn subject(text: &str) -> Referenceable {
        Reference::parse(&traversal(text)).unwrap().subject
    }

    #[test]
    fn subjects_are_told_from_what_follows() {
        let web = |mode| Resource::new(mode, "aws_lb", "web");
        assert_eq!(subject("aws_lb.web"), Referenceable::Resource(web(ResourceMode::Managed)));
        assert_eq!(
            subject("resource.aws_lb.web.id"),
            Referenceable::ResourceInstance(web(ResourceMode::Managed), InstanceKey::None),
        );
        assert_eq!(
            subject("data.aws_lb.web[\"a\"].id"),
            Referenceable::ResourceInstance(
                web(ResourceMode::Data),
                InstanceKey::String("a".into())
            ),
        );
        assert_eq!(subject("module.net"), Referenceable::ModuleCall("net".into()));
        assert_eq!(
            subject("module.net[1]"),
            Referenceable::ModuleCallInstance("net".into(), InstanceKey::Int(1)),
        );
        assert_eq!(
            subject("module.net.ids[0]"),
            Referenceable::ModuleCallOutput {
                name: "net".into(),
                key: InstanceKey::None,
                output: "ids".into(),
            },
        );
        let reference = Reference::parse(&traversal("var.a.b[0]")).unwrap();
        assert_eq!(reference.subject, Referenceable::InputVariable("a".into()));
        assert_eq!(reference.remaining.len(), 2);
        assert_eq!(reference.to_string(), "var.a.b[0]");
    }

    #[test]
    fn incomplete_references_are_refused() {
        for text in [
            "var",
            "var[0]",
            "data",
            "data.aws_lb",
            "data[0].x",
            "data.aws_lb[0]",
            "aws_lb",
            "aws_lb[0]",
            "module",
            "module[0]",
            "module.a[0][1]",
            "template.x",
        ] {
            assert!(Reference::parse(&traversal(text)).is_err(), "{text}");
        }
        assert!(Reference::parse(&traversal("resource.template.x")).is_ok());
    }

    #[test]
    fn traversals_give_the_parts_of_addresses() {
        let parts = parts_from_traversal(&traversal("module.a[\"k\"].aws_lb.web[2]")).unwrap();
        let target = crate::parse::target_from_parts(&parts).unwrap();
        assert_eq!(target.to_string(), "module.a[\"k\"].aws_lb.web[2]");
    }

    #[test]
    fn provider_functions_are_told_by_their_namespace() {
        assert!(ProviderFunction::parse("core::max").is_none());
        let f = ProviderFunction::parse("provider::aws::arn_parse").unwrap().unwrap();
        assert_eq!((&*f.provider, f.alias, &*f.function), ("aws", None, "arn_parse"));
        let f = ProviderFunction::parse("provider::aws::west::arn_parse").unwrap().unwrap();
        assert_eq!(f.to_string(), "provider::aws::west::arn_parse");
        assert!(ProviderFunction::parse("provider::aws").unwrap().is_err());
        assert!(ProviderFunction::parse("provider::aws::").unwrap().is_err());
    }
}
