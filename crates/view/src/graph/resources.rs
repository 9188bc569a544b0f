//! The short form: resources, module by module, and what they depend on.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use groma_addrs::ConfigResource;

use super::reduce::reduce;
use super::{GraphFormat, dot_string, mermaid_string};

/// Writes the resources and, for each, those that it depends on.
pub fn write_resources(
    out: &mut dyn Write,
    resources: &BTreeMap<ConfigResource, Vec<ConfigResource>>,
    format: GraphFormat,
) -> io::Result<()> {
    let mut sorted: Vec<(String, &ConfigResource)> =
        resources.keys().map(|resource| (module_of(resource), resource)).collect();
    sorted.sort();
    let numbers: HashMap<&ConfigResource, u32> =
        sorted.iter().map(|(_, resource)| *resource).zip(0..).collect();
    let mut edges: Vec<Vec<u32>> = sorted
        .iter()
        .map(|(_, resource)| {
            let dependencies = resources.get(*resource).into_iter().flatten();
            dependencies.filter_map(|d| numbers.get(d).copied()).collect()
        })
        .collect();
    reduce(&mut edges);
    match format {
        GraphFormat::Dot => dot(out, &sorted, &edges),
        GraphFormat::Mermaid => mermaid(out, &sorted, &edges),
    }
}

/// The path of its module, empty for the root.
fn module_of(resource: &ConfigResource) -> String {
    match resource.module.is_root() {
        true => String::new(),
        false => resource.module.to_string(),
    }
}

type Sorted<'a> = [(String, &'a ConfigResource)];

fn dot(out: &mut dyn Write, sorted: &Sorted<'_>, edges: &[Vec<u32>]) -> io::Result<()> {
    writeln!(out, "digraph G {{")?;
    writeln!(out, "  rankdir = \"RL\";")?;
    writeln!(out, "  node [shape = rect, fontname = \"sans-serif\"];")?;
    if sorted.is_empty() {
        writeln!(out, "  /* This configuration does not contain any resources.     */")?;
        writeln!(out, "  /* For a more detailed graph, try: groma graph -type=plan */")?;
    }
    for group in sorted.chunk_by(|a, b| a.0 == b.0) {
        let module = &group[0].0;
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            writeln!(out, "  subgraph {} {{", dot_string(&format!("cluster_{module}")))?;
            writeln!(out, "    label = {}", dot_string(module))?;
            writeln!(out, "    fontname = \"sans-serif\"")?;
        }
        for (_, resource) in group {
            let name = dot_string(&resource.to_string());
            let label = dot_string(&resource.resource.to_string());
            writeln!(out, "{indent}{name} [label={label}];")?;
        }
        if !module.is_empty() {
            writeln!(out, "  }}")?;
        }
    }
    for (from, dependencies) in sorted.iter().zip(edges) {
        let from = dot_string(&from.1.to_string());
        for to in dependencies {
            let to = dot_string(&sorted[*to as usize].1.to_string());
            writeln!(out, "  {from} -> {to};")?;
        }
    }
    writeln!(out, "}}")
}

fn mermaid(out: &mut dyn Write, sorted: &Sorted<'_>, edges: &[Vec<u32>]) -> io::Result<()> {
    writeln!(out, "flowchart RL")?;
    let mut number = 0;
    for (group, resources) in sorted.chunk_by(|a, b| a.0 == b.0).enumerate() {
        let module = &resources[0].0;
        let indent = if module.is_empty() { "  " } else { "    " };
        if !module.is_empty() {
            writeln!(out, "  subgraph m{group}[{}]", mermaid_string(module))?;
        }
        for (_, resource) in resources {
            let label = mermaid_string(&resource.resource.to_string());
            writeln!(out, "{indent}n{number}[{label}]")?;
            number += 1;
        }
        if !module.is_empty() {
            writeln!(out, "  end")?;
        }
    }
    for (from, dependencies) in edges.iter().enumerate() {
        for to in dependencies {
            writeln!(out, "  n{from} --> n{to}")?;
        }
    }
    Ok(())
}
