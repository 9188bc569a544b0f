use std::collections::BTreeMap;

use groma_addrs::{ConfigResource, Module, Resource, ResourceMode};
use groma_plan::ConfigNode;
use insta::assert_snapshot;

use super::{GraphFormat, OperationGraph, write_resources};

fn resource(module: &[&str], name: &str) -> ConfigResource {
    let module = module.iter().fold(Module::root(), |module, name| module.child(*name));
    ConfigResource { module, resource: Resource::new(ResourceMode::Managed, "t", name) }
}

fn short(resources: &BTreeMap<ConfigResource, Vec<ConfigResource>>, format: GraphFormat) -> String {
    let mut out = Vec::new();
    write_resources(&mut out, resources, format).unwrap();
    String::from_utf8(out).unwrap()
}

fn some() -> BTreeMap<ConfigResource, Vec<ConfigResource>> {
    let (a, b, c) = (resource(&[], "a"), resource(&["x"], "b"), resource(&["x", "y"], "c"));
    BTreeMap::from([
        (a.clone(), Vec::new()),
        (b.clone(), vec![a.clone()]),
        (c, vec![a, b, resource(&[], "not there")]),
    ])
}

#[test]
fn resources_stand_in_their_modules() {
    assert_snapshot!(short(&some(), GraphFormat::Dot), @r#"
    digraph G {
      rankdir = "RL";
      node [shape = rect, fontname = "sans-serif"];
      "t.a" [label="t.a"];
      subgraph "cluster_module.x" {
        label = "module.x"
        fontname = "sans-serif"
        "module.x.t.b" [label="t.b"];
      }
      subgraph "cluster_module.x.module.y" {
        label = "module.x.module.y"
        fontname = "sans-serif"
        "module.x.module.y.t.c" [label="t.c"];
      }
      "module.x.t.b" -> "t.a";
      "module.x.module.y.t.c" -> "module.x.t.b";
    }
    "#);
    assert_snapshot!(short(&some(), GraphFormat::Mermaid), @r#"
    flowchart RL
      n0["t.a"]
      subgraph m1["module.x"]
        n1["t.b"]
      end
      subgraph m2["module.x.module.y"]
        n2["t.c"]
      end
      n1 --> n0
      n2 --> n1
    "#);
}

#[test]
fn a_graph_without_resources_says_so() {
    let empty = short(&BTreeMap::new(), GraphFormat::Dot);
    assert!(empty.contains("does not contain any resources"), "{empty}");
}

#[test]
fn cycles_are_drawn_in_red() {
    let local = |name: &str| ConfigNode::Local(Module::root(), name.into());
    let nodes = [local("a"), local("b"), ConfigNode::Resource(resource(&[], "r"))];
    let graph = || {
        OperationGraph::of_config(&nodes, &[vec![1], vec![0], vec![0]], |_| false)
            .with_cycles(&[vec![0, 1]])
    };
    let text = |format| {
        let mut out = Vec::new();
        graph().write(&mut out, format).unwrap();
        String::from_utf8(out).unwrap().replace('\t', "  ")
    };
    assert_snapshot!(text(GraphFormat::Dot), @r#"
    digraph {
      compound = "true"
      newrank = "true"
      subgraph "root" {
        "[root] t.r (expand)" [label = "t.r", shape = "box"]
        "[root] local.a (expand)" -> "[root] local.b (expand)" [color = "red", penwidth = "2.0"]
        "[root] local.b (expand)" -> "[root] local.a (expand)" [color = "red", penwidth = "2.0"]
        "[root] root" -> "[root] t.r (expand)"
        "[root] t.r (expand)" -> "[root] local.a (expand)"
      }
    }
    "#);
    assert_snapshot!(text(GraphFormat::Mermaid), @r#"
    flowchart RL
      n0("local.a (expand)")
      n1("local.b (expand)")
      n3("root")
      n2["t.r (expand)"]
      n0 --> n1
      n1 --> n0
      n3 --> n2
      n2 --> n0
      linkStyle 0,1 stroke:red,stroke-width:2px
    "#);
}
