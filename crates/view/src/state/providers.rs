//! Which providers a configuration and a state need.

use std::collections::BTreeSet;
use std::fmt::Write;

use groma_addrs::Provider;
use groma_config::{Config, ModuleNode};

/// A module and the providers that it requires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProviderNode {
    /// The name of the call; empty for the root.
    pub name: String,
    /// The providers and the constraints on their versions, which may be empty.
    pub providers: Vec<(Provider, String)>,
    /// The modules that it calls.
    pub modules: Vec<ProviderNode>,
}

/// The providers that each module of a configuration requires.
pub fn provider_tree(config: &Config) -> ProviderNode {
    node("", &config.root)
}

fn node(name: &str, module: &ModuleNode) -> ProviderNode {
    let required = module.provider_requirements();
    let providers = required.into_iter().map(|(provider, c)| (provider, c.to_string()));
    ProviderNode {
        name: name.to_owned(),
        providers: providers.collect(),
        modules: module.children.iter().map(|(name, child)| node(name, child)).collect(),
    }
}

/// What the `providers` command shows.
pub fn write_providers(tree: &ProviderNode, in_state: &BTreeSet<Provider>) -> String {
    let mut out = String::from("\nProviders required by configuration:\n.\n");
    write_branches(tree, "", &mut out);
    out.push('\n');
    if !in_state.is_empty() {
        out.push_str("Providers required by state:\n\n");
        for provider in in_state {
            let _ = writeln!(out, "    provider[{provider}]\n");
        }
    }
    out
}

fn write_branches(node: &ProviderNode, indent: &str, out: &mut String) {
    let count = node.providers.len() + node.modules.len();
    let branch =
        |at: usize| if at + 1 == count { ("└── ", "    ") } else { ("├── ", "│   ") };
    for (at, (provider, constraint)) in node.providers.iter().enumerate() {
        let space = if constraint.is_empty() { "" } else { " " };
        let _ = writeln!(out, "{indent}{}provider[{provider}]{space}{constraint}", branch(at).0);
    }
    for (at, module) in node.modules.iter().enumerate() {
        let (edge, below) = branch(node.providers.len() + at);
        let _ = writeln!(out, "{indent}{edge}module.{}", module.name);
        write_branches(module, &format!("{indent}{below}"), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_has_branches() {
        let aws = Provider::implied("aws");
        let builtin = Provider::implied("terraform");
        let leaf = ProviderNode {
            name: "m".to_owned(),
            providers: vec![(builtin.clone(), String::new())],
            modules: Vec::new(),
        };
        let tree = ProviderNode {
            name: String::new(),
            providers: vec![(aws.clone(), "~> 5.0".to_owned()), (builtin, String::new())],
            modules: vec![leaf],
        };
        let expected = "
Providers required by configuration:
.
├── provider[registry.terraform.io/hashicorp/aws] ~> 5.0
├── provider[terraform.io/builtin/terraform]
└── module.m
    └── provider[terraform.io/builtin/terraform]

Providers required by state:

    provider[registry.terraform.io/hashicorp/aws]

";
        assert_eq!(write_providers(&tree, &[aws].into()), expected);
    }
}
