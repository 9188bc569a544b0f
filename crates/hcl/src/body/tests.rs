use groma_diag::Diagnostics;

use crate::{Body, BodySchema, Content, evaluate_constant, parse_json, parse_native};

fn native(source: &str) -> Body {
    let (file, diagnostics) = parse_native("main.tf", source.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    file.body
}

fn json(source: &str) -> Body {
    let (file, diagnostics) = parse_json("main.tf.json", source.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    file.body
}

/// The content in short: `name=value` and `type:label,label{…}`.
fn shown(content: &Content) -> String {
    let mut parts: Vec<String> = content
        .attributes
        .values()
        .map(|a| {
            let (value, _) = evaluate_constant(&a.expr);
            format!("{}={}", a.name, crate::tokens_for_value(&value, 0))
        })
        .collect();
    for block in &content.blocks {
        let (inner, _) = block.body.just_attributes();
        let names: Vec<&str> = inner.keys().map(|n| &**n).collect();
        parts.push(format!(
            "{}:{}{{{}}}",
            block.block_type,
            block.labels.join(","),
            names.join(",")
        ));
    }
    parts.join(" ")
}

fn told(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics.iter().map(|d| format!("{}: {}", d.summary, d.detail)).collect()
}

fn schema() -> BodySchema {
    BodySchema::new().optional(["a", "b"]).required(["need"]).block("blk", &["kind", "name"])
}

#[test]
fn a_schema_picks_what_it_names() {
    let body = native("need = 1\nblk x \"y\" {\n z = 1\n}\na = 2\nblk \"x\" \"w\" {}\n");
    let (content, diagnostics) = body.content(&schema());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(shown(&content), "need=1 a=2 blk:x,y{z} blk:x,w{}");
    let block = &content.blocks[0];
    assert_eq!(block.def_range.to_string(), "main.tf:2,1-10");
}

#[test]
fn what_a_schema_does_not_name_is_reported_with_a_guess() {
    let body = native("need = 1\nblk = 2\nbb = 1\nfar_off = 1\nblc \"a\" \"b\" {}\na {}\nq {}\n");
    let (_, diagnostics) = body.content(&schema());
    assert_eq!(
        told(&diagnostics),
        [
            "Unsupported argument: An argument named \"blk\" is not expected here. Did you mean to \
             define a block of type \"blk\"?",
            "Unsupported argument: An argument named \"bb\" is not expected here. Did you mean \
             \"a\"?",
            "Unsupported argument: An argument named \"far_off\" is not expected here.",
            "Unsupported block type: Blocks of type \"blc\" are not expected here. Did you mean \
             \"blk\"?",
            "Unsupported block type: Blocks of type \"a\" are not expected here. Did you mean to \
             define argument \"a\"? If so, use the equals sign to assign it a value.",
            "Unsupported block type: Blocks of type \"q\" are not expected here.",
        ]
    );
}

#[test]
fn labels_are_counted() {
    let body = native("need = 1\nblk \"a\" {}\nblk {}\nblk \"a\" \"b\" \"c\" {}\n");
    let (content, diagnostics) = body.content(&schema());
    assert!(content.blocks.is_empty());
    assert_eq!(
        told(&diagnostics),
        [
            "Missing name for blk: All blk blocks must have 2 labels (kind, name).",
            "Missing kind for blk: All blk blocks must have 2 labels (kind, name).",
            "Extraneous label for blk: Only 2 labels (kind, name) are expected for blk blocks.",
        ]
    );
    let subjects: Vec<String> =
        diagnostics.iter().filter_map(|d| d.subject.as_ref()).map(|s| s.to_string()).collect();
    assert_eq!(subjects, ["main.tf:2,9-10", "main.tf:3,5-6", "main.tf:4,13-16"]);
}

#[test]
fn what_is_required_is_missed_where_it_would_belong() {
    let body = native("x {\n  a = 1\n}\n");
    let (content, _) = body.content(&BodySchema::new().block("x", &[]));
    let (_, diagnostics) = content.blocks[0].body.content(&schema());
    assert_eq!(
        told(&diagnostics),
        ["Missing required argument: The argument \"need\" is required, but no definition was \
          found."]
    );
    let subject = diagnostics.iter().next().and_then(|d| d.subject.clone());
    assert_eq!(subject.map(|s| s.to_string()).as_deref(), Some("main.tf:1,3-4"));
}

#[test]
fn the_rest_of_a_body_is_a_body() {
    for body in [
        native("need = 1\na = 2\nc = 3\nblk \"x\" \"y\" {}\n"),
        json(r#"{"need": 1, "a": 2, "c": 3, "blk": {"x": {"y": {}}}}"#),
    ] {
        let (content, rest, diagnostics) = body.partial_content(&schema());
        assert!(diagnostics.is_empty(), "{diagnostics}");
        assert_eq!(shown(&content), "need=1 a=2 blk:x,y{}");
        let (attributes, diagnostics) = rest.just_attributes();
        assert!(diagnostics.is_empty(), "{diagnostics}");
        assert_eq!(attributes.keys().map(|n| &**n).collect::<Vec<_>>(), ["c"]);
        // What has been taken is not missed, and not found twice.
        let (content, diagnostics) = rest.content(&BodySchema::new().optional(["c", "a"]));
        assert_eq!((shown(&content).as_str(), diagnostics.len()), ("c=3", 0));
    }
}

#[test]
fn blocks_among_plain_attributes_are_errors() {
    let (attributes, diagnostics) = native("a = 1\nb \"c\" {}\n").just_attributes();
    assert_eq!(attributes.len(), 1);
    assert_eq!(told(&diagnostics), ["Unexpected \"b\" block: Blocks are not allowed here."]);
}

#[test]
fn merged_bodies_count_as_one() {
    let body = Body::merge(vec![native("need = 1\n"), native("a = 2\nblk \"x\" \"y\" {}\n")]);
    let (content, diagnostics) = body.content(&schema());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(shown(&content), "need=1 a=2 blk:x,y{}");
    let (_, diagnostics) =
        Body::merge(vec![native("a = 1\n"), native("a = 1\n")]).just_attributes();
    assert_eq!(
        told(&diagnostics),
        ["Duplicate argument: Argument \"a\" was already set at main.tf:1,1-2"]
    );
}

#[test]
fn what_lies_above_takes_the_place_of_what_lies_below() {
    let base = "need = 1\na = 2\nblk \"x\" \"y\" {\n p = 1\n}\nother \"o\" \"o\" {}\n";
    let over = "a = 3\ndynamic \"blk\" {\n for_each = 1\n}\n";
    let schema = schema().block("other", &["kind", "name"]).block("dynamic", &["type"]);
    let body = Body::overlay(native(base), native(over));
    let (content, diagnostics) = body.content(&schema);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(shown(&content), "need=1 a=3 other:o,o{} dynamic:blk{for_each}");
}

#[test]
fn in_json_the_schema_says_what_is_a_block() {
    let source = r#"{
      "//": "a comment",
      "need": {"blk": [1]},
      "blk": [{"x": {"y": {"z": 1}, "w": [{}, {"q": 2}]}}, {"v": {"u": null}}],
      "a": null
    }"#;
    let (content, diagnostics) = json(source).content(&schema());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(shown(&content), "need={\n  blk = [1]\n} a=null blk:x,y{z} blk:x,w{} blk:x,w{q}");
    let (content, _) = json(r#"[{"need": 1}, {"a": 2}]"#).content(&schema());
    assert_eq!(shown(&content), "need=1 a=2");
}

#[test]
fn in_json_mistakes_are_told_as_such() {
    let (_, diagnostics) = json(r#"{"need": 1, "need": 2, "blk": {}, "aa": 1}"#).content(&schema());
    assert_eq!(
        told(&diagnostics),
        [
            "Duplicate argument: The argument \"need\" was already set at main.tf.json:1,2-11.",
            "Missing block label: At least one object property is required, whose name represents \
             the blk block's kind.",
            "Extraneous JSON object property: No argument or block type is named \"aa\". Did you \
             mean \"a\"?",
        ]
    );
    let (_, diagnostics) = json(r#"{"need": 1, "blk": 5}"#).content(&schema());
    assert_eq!(diagnostics.iter().next().map(|d| &*d.summary), Some("Incorrect JSON value type"));
    let (_, diagnostics) = json(r#"{"x": 1}"#).content(&schema());
    let subject = diagnostics.iter().next().and_then(|d| d.subject.clone());
    assert_eq!(subject.map(|s| s.to_string()).as_deref(), Some("main.tf.json:1,8-9"));
}

#[test]
fn json_that_is_none_is_reported_once() {
    for (source, summary) in [
        ("", "Missing value"),
        ("1", "Root value must be object"),
        (r#"{"a": 1,}"#, "Trailing comma in object"),
        (r#"{"a": [1,]}"#, "Trailing comma in array"),
        (r#"{"a" 1}"#, "Missing property value colon"),
        (r#"{"a": tru}"#, "Invalid JSON keyword"),
        (r#"{"a": 01}"#, "Invalid JSON number"),
        (r#"{"a": "x}"#, "Invalid JSON string"),
        (r#"{"a": "\q"}"#, "Invalid JSON string"),
        (r#"{"a": [1 2]}"#, "Missing attribute separator comma"),
        (r#"{"a": [1}"#, "Mismatched brackets"),
        (r#"{a: 1}"#, "Invalid object property name"),
        (r#"{"a": 1} x"#, "Extraneous data after value"),
        (r#"{"a": {"b": 1}"#, "Unclosed object"),
    ] {
        let (file, diagnostics) = parse_json("m", source.as_bytes());
        let found: Vec<&str> = diagnostics.iter().map(|d| &*d.summary).collect();
        assert_eq!(found, [summary], "{source}");
        file.body.content(&schema());
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let (_, diagnostics) = parse_json("m", deep.as_bytes());
    assert_eq!(diagnostics.iter().next().map(|d| &*d.summary), Some("Too many nesting levels"));
}

#[test]
fn strings_in_json_are_read_as_their_place_demands() {
    let body = json(
        r#"{"type": "list(string)", "ref": "aws_x.a[0].b", "word": "all",
            "text": "a${1 + 1}b", "key": {"k${2}": [true, 1.50, "${[]}"]}}"#,
    );
    let (attributes, _) = body.just_attributes();
    let call = attributes["type"].expr.static_call().expect("a call");
    assert_eq!(call.args[0].as_keyword(), Some("string"));
    let traversal = attributes["ref"].expr.as_traversal().expect("a traversal");
    assert_eq!(traversal.to_string(), "aws_x.a[0].b");
    assert_eq!(traversal.root_range.to_string(), "main.tf.json:1,34-39");
    assert_eq!(attributes["word"].expr.as_keyword(), Some("all"));
    assert_eq!(attributes["word"].expr.as_string_literal().map(|s| &**s), Some("all"));
    let text = &attributes["text"].expr;
    assert_eq!(evaluate_constant(text).0, "a${1 + 1}b".into());
    assert_eq!(crate::evaluate(text, &crate::Nothing).0, "a2b".into());
    let key = crate::evaluate(&attributes["key"].expr, &crate::Nothing).0;
    assert_eq!(crate::tokens_for_value(&key, 0), "{\n  k2 = [true, 1.5, []]\n}");
}

#[test]
fn the_block_around_a_place_is_named() {
    let body = native("a = 1\nresource \"x\" \"y\" {\n  b {\n    c = 1\n  }\n}\nd {}\n");
    assert_eq!(body.heading_at(0), None);
    assert_eq!(body.heading_at(40).as_deref(), Some("resource \"x\" \"y\""));
    assert_eq!(body.heading_at(50).as_deref(), Some("d"));
}
