use groma_diag::Pos;
use groma_value::Value;

use super::*;
use crate::{BodySchema, ExprKind, evaluate_constant};

/// `line,column summary` of each diagnostic.
fn told(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(|d| {
            let start = d.subject.as_ref().expect("a place").start;
            format!("{},{} {}", start.line, start.column, d.summary)
        })
        .collect()
}

#[track_caller]
fn check_errors(source: &str, expected: &[&str]) {
    let (_, diagnostics) = parse_native("main.tf", source.as_bytes());
    assert_eq!(told(&diagnostics), expected, "{source}");
}

fn expression(source: &str) -> Expression {
    let (expression, diagnostics) = parse_expression(source.as_bytes(), "main.tf", Pos::START);
    assert!(diagnostics.is_empty(), "{source}: {diagnostics}");
    expression
}

#[track_caller]
fn check_value(source: &str, expected: impl Into<Value>) {
    let (value, diagnostics) = evaluate_constant(&expression(source));
    assert!(diagnostics.is_empty(), "{source}: {diagnostics}");
    assert_eq!(value, expected.into(), "{source}");
}

#[test]
fn each_mistake_is_reported_and_what_follows_from_it_is_not() {
    check_errors(
        "locals {\n a = foo(1\n b = 2\n}\nlocals {\n c = = 1\n d = [1; 2]\n e = 1 2\n}\n}\nx\n",
        &[
            "3,2 Missing argument separator",
            "6,6 Invalid expression",
            "7,8 Invalid character",
            "8,8 Missing newline after argument",
            "10,1 Argument or block definition required",
            "11,1 Argument or block definition required",
        ],
    );
}

#[test]
fn arguments_end_with_a_newline() {
    check_errors("a = 1 2\n", &["1,7 Missing newline after argument"]);
    check_errors("a = 1, b = 2\n", &["1,6 Unexpected comma after argument"]);
    check_errors("a = 1 /* x */ b = 2\n", &["1,15 Missing newline after argument"]);
    check_errors("a = 1 # x", &[]);
    check_errors("a {\n b = 1 }\n", &["2,8 Missing newline after argument"]);
    check_errors("a = 1\na = 2\n", &["2,1 Attribute redefined"]);
    check_errors("a = 1 +\n", &["1,8 Invalid expression"]);
}

#[test]
fn blocks_are_closed_where_they_should_be() {
    let single = "Invalid single-argument block definition";
    check_errors("a {", &["1,3 Unclosed configuration block"]);
    check_errors("a {\n b {\n c = 1\n", &["2,4 Unclosed configuration block"]);
    check_errors("a \"b\" \n", &["1,7 Invalid block definition"]);
    check_errors("a \"b\" = {}\n", &["1,7 Invalid block definition"]);
    check_errors("a {}}\n", &["1,5 Missing newline after block definition"]);
    check_errors("a {} b {}\n", &["1,6 Missing newline after block definition"]);
    check_errors("a { b = 1 }\nc {}\n", &[]);
    check_errors("a { b = 1, c = 2 }\n", &[&format!("1,10 {single}")]);
    check_errors("a { b = 1 c = 2 }\n", &[&format!("1,11 {single}")]);
    check_errors(
        "a { b = 1\n c = 2\n}\nd = =\n",
        &[&format!("1,10 {single}"), "4,5 Invalid expression"],
    );
    check_errors("a { b {} }\n", &["1,5 Argument definition required"]);
    check_errors("\"a\" = 1\n", &["1,1 Invalid argument name"]);
    check_errors("a \"${b}\" {}\n", &["1,4 Invalid string literal"]);
}

#[test]
fn brackets_are_closed_where_they_should_be() {
    check_errors(
        "a = [1 2]\nb = 1 1\n",
        &["1,8 Missing item separator", "2,7 Missing newline after argument"],
    );
    check_errors("a = {b 1}\n", &["1,8 Missing key/value separator"]);
    check_errors("a = {b = 1 c = 2}\n", &["1,12 Missing attribute separator"]);
    check_errors("a = {b\n}\n", &["1,7 Missing attribute value"]);
    check_errors("a = (1 2)\n", &["1,8 Unbalanced parentheses"]);
    check_errors("a = [1,\n", &["2,1 Missing expression"]);
    check_errors("a = x[1\n", &["2,1 Missing close bracket on index"]);
    check_errors("a = f(1\n", &["1,5 Unterminated function call"]);
    check_errors("a = [1\n", &["1,5 Unterminated tuple constructor expression"]);
    check_errors("a = f(x... y)\n", &["1,12 Missing closing parenthesis"]);
}

#[test]
fn open_strings_do_not_swallow_the_rest_of_the_file() {
    check_errors(
        "a = \"x\nb = 1 1\n",
        &[
            "1,7 Invalid multi-line string",
            "1,7 Unterminated template string",
            "2,7 Missing newline after argument",
        ],
    );
    check_errors("a = \"x\ny\"\nb = 1\n", &["1,7 Invalid multi-line string"]);
    check_errors(
        "a = \"${x\"\nb = 1\n",
        &["1,6 Unclosed template interpolation sequence", "1,10 Invalid multi-line string"],
    );
    check_errors("a = <<EOT\nfoo\n", &["3,1 Unterminated template string"]);
    check_errors(
        "a = \"\\q\\u12\"\n",
        &["1,6 Invalid escape sequence", "1,8 Invalid escape sequence"],
    );
    check_errors(
        "a = \"${1 2}\"\nb = 1\n",
        &["1,10 Extra characters after interpolation expression"],
    );
    check_errors("/* x", &["1,1 Unterminated comment"]);
}

#[test]
fn template_directives_are_balanced() {
    check_errors("a = \"%{if true}x\"\n", &["1,18 Unexpected end of template"]);
    check_errors("a = \"%{endif}\"\n", &["1,6 Unexpected endif directive"]);
    check_errors("a = \"%{x}\"\n", &["1,8 Invalid template control keyword"]);
    check_errors("a = \"%{for x}\"\n", &["1,13 Invalid 'for' directive"]);
    check_errors(
        "a = \"%{if true}%{for x in y}%{endif}%{endfor}\"\n",
        &["1,29 Unexpected endif directive", "1,37 Unexpected endfor directive"],
    );
}

#[test]
fn positions_count_what_readers_count() {
    let (_, diagnostics) =
        parse_native("m", "\u{feff}a = \"e\u{301}\u{1f1e9}\u{1f1ea}\" 1\r\nb = 2 2\r\n".as_bytes());
    assert_eq!(
        told(&diagnostics),
        ["1,10 Missing newline after argument", "2,7 Missing newline after argument"]
    );
    let byte = diagnostics.iter().next().and_then(|d| d.subject.clone()).map(|s| s.start.byte);
    assert_eq!(byte, Some(21));
}

#[test]
fn bytes_that_are_no_text_are_reported_once() {
    let (file, diagnostics) = parse_native("m", b"a = \"x\xff\xfe\"\nb = 1\n");
    assert_eq!(told(&diagnostics), ["1,7 Invalid character encoding"]);
    let (attributes, _) = file.body.just_attributes();
    assert_eq!(attributes.len(), 2);
}

#[test]
fn strings_mean_what_they_say() {
    check_value(r#""a\n\t\"\\\u00e9\U0001F600""#, "a\n\t\"\\é😀");
    check_value(r#""$${x} %%{x} $ % $$ $$$ 100%""#, "${x} %{x} $ % $$ $$$ 100%");
    check_value(r#""$$${x} %%%{x}""#, "$${x} %%{x}");
    check_value("\"e\u{301}\"", "é");
    check_value(r#""a  ${~ "b" ~}  c""#, "abc");
    check_value(r#""${true}""#, true);
    check_value("\"# no comment\"", "# no comment");
}

#[test]
fn heredocs_keep_their_lines() {
    check_value("<<EOT\na\n  b\nEOT\n", "a\n  b\n");
    check_value("<<EOT\nEOT\n", "");
    check_value("<<EOT\n\\n ${\"x\"} $${y} \"\n  EOT  \n", "\\n x ${y} \"\n");
    check_value("<<EOT\r\na\r\nEOT\r\n", "a\r\n");
    check_value("<<A-B_1\na\nA-B_1\n", "a\n");
    check_value("<<EOT\n${\"a\"}\nEOT\n", "a\n");
    check_value("[<<EOT\nEOTx\nEOT\n, 1][0]", "EOTx\n");
}

#[test]
fn heredocs_lose_the_indentation_that_all_lines_share() {
    check_value("<<-EOT\n    a\n      ${\"b\"}\n     \tc\n    EOT\n", "a\n  b\n \tc\n");
    check_value("<<-EOT\n      a\n\n    ${\"x\"} b\n  z\n    EOT\n", "    a\n\n  x b\nz\n");
    check_value("<<-EOT\n\ttab\n\t  two\n  EOT\n", "tab\n  two\n");
    check_value("<<-EOT\n  a\n \n  b\n  EOT\n", "a\n \nb\n");
    check_value("<<-EOT\na\n  b\n  EOT\n", "a\n  b\n");
}

#[test]
fn tildes_trim_no_further_than_the_line() {
    check_value("<<EOT\nx ${~ \"a\" ~}\n\n\n   y\nEOT\n", "xa\n\n   y\n");
    check_value("<<EOT\nfoo\n\n\n    ${~ \"a\"}\nEOT\n", "foo\n\n\na\n");
    check_value("<<EOT\n%{ if true ~}\n\n yes\n%{ endif ~}\nEOT\n", "\n yes\n");
    // What a tilde has joined to the line before is not dedented.
    let source =
        "<<-EOT\n  %{ if false ~}\n  yes\n  %{ else ~}\n  no\n  %{ endif ~}\n  end\n  EOT\n";
    check_value(source, "  no\n  end\n");
    check_value("\"pre%{ if true ~}\\n   x\\n%{~ endif }post\"", "prexpost");
}

#[test]
fn operators_bind_as_they_should() {
    check_value("1 + 2 * 3 - 4", 3);
    check_value("-2 + 3", 1);
    check_value("!true == false", true);
    check_value("1 < 2 && 2 < 3 || false", true);
    check_value("true ? 1 : false ? 2 : 3", 1);
    check_value("2 * (3 + 4) % 5", 4);
    check_value("[1, 2][1] == 2", true);
    check_value("(true\n? 1\n: 2)", 1);
}

#[test]
fn words_in_keys_stand_for_themselves() {
    check_value("{ a = 1, \"b\" : 2, (\"c\") = 3\n d = 4 }.d", 4);
    check_value("{ true = 1, null = 2 }[\"null\"]", 2);
    check_value("{ 1 = \"x\" }[1]", "x");
    check_value("[1,2,].0", 1);
}

#[test]
fn expressions_know_where_they_stand() {
    let source = "foo(a.b[0], [for x in y : x], \"${z}\") + c.d";
    let whole = expression(source);
    assert_eq!(whole.source_text(source), Some(source));
    let ExprKind::Binary(binary) = whole.kind() else { panic!("{whole:?}") };
    assert_eq!(binary.right.source_text(source), Some("c.d"));
    let ExprKind::Call(call) = binary.left.kind() else { panic!("{whole:?}") };
    let texts: Vec<_> = call.args.iter().map(|a| a.source_text(source).expect("text")).collect();
    assert_eq!(texts, ["a.b[0]", "[for x in y : x]", "\"${z}\""]);
    assert_eq!(call.close_range.start.column, 37);
}

#[test]
fn variables_leave_out_what_is_bound() {
    let source =
        "[for k, v in a.b[c.d].e : \"${k}${v.x}${f[*].g}\" if h[\"i\"] > 1] == {x = y, (z) = 1}";
    let found: Vec<String> = expression(source).variables().iter().map(|t| t.to_string()).collect();
    assert_eq!(found, ["a.b", "c.d", "f", "h[\"i\"]", "y", "z"]);
    let names: Vec<_> =
        expression("f(g(1), a::b::c(2))").functions().iter().map(|c| c.name.clone()).collect();
    assert_eq!(names.iter().map(|n| &**n).collect::<Vec<_>>(), ["f", "g", "a::b::c"]);
}

#[test]
fn what_is_static_can_be_read_without_evaluation() {
    let traversal = expression("aws_x.a[0].b[\"k\"]").as_traversal().expect("a traversal");
    assert_eq!(traversal.to_string(), "aws_x.a[0].b[\"k\"]");
    assert!(expression("a[b]").as_traversal().is_none());
    assert!(expression("(a)").as_traversal().is_none());
    assert_eq!(expression("string").as_keyword(), Some("string"));
    assert_eq!(expression("null").as_keyword(), Some("null"));
    assert_eq!(expression("\"string\"").as_keyword(), None);
    assert_eq!(expression("[a, b]").static_list().map(<[_]>::len), Some(2));
    let call = expression("list(string)").static_call().expect("a call");
    assert_eq!((&*call.name, call.args[0].as_keyword()), ("list", Some("string")));
    let map = expression("{ aws = aws.east, aws.x = y }").static_map().expect("a map");
    assert_eq!(map[0].0.as_keyword(), Some("aws"));
    assert_eq!(map[1].0.as_traversal().map(|t| t.to_string()).as_deref(), Some("aws.x"));
    let (traversal, _) = parse_traversal(b"module.a[\"x\"].b", "m", Pos::START);
    assert_eq!(traversal.map(|t| t.steps.len()), Some(3));
    let (traversal, diagnostics) = parse_traversal(b"a + 1", "m", Pos::START);
    assert!(traversal.is_none() && diagnostics.has_errors());
}

#[test]
fn nesting_has_a_limit_and_needs_no_more_stack_than_a_thread_has() {
    let nest =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    for (open, close) in
        [("(", ")"), ("[", "]"), ("{a=", "}"), ("\"${", "}\""), ("f(", ")"), ("-", "")]
    {
        let source = nest(open, close, 120);
        let (fits, diagnostics) = parse_expression(source.as_bytes(), "m", Pos::START);
        assert!(diagnostics.is_empty(), "{diagnostics}");
        fits.variables();
        evaluate_constant(&fits);
        let source = nest(open, close, 100_000);
        let (_, diagnostics) = parse_expression(source.as_bytes(), "m", Pos::START);
        assert_eq!(
            told(&diagnostics)[0].split_once(' ').map(|(_, s)| s),
            Some("Too many nesting levels")
        );
    }
    check_value(&format!("1{}", " + 1".repeat(50_000)), 50_001);
    let blocks = "a {\n".repeat(100_000);
    assert!(parse_native("m", blocks.as_bytes()).1.has_errors());
    let conditions = format!("{}1", "true ? 1 : ".repeat(190));
    check_value(&conditions, 1);
}

const SAMPLE: &str = r#"# comment
resource "aws_instance" "x" {
  count = var.n > 0 ? 1 : 0 // other
  tags  = { for k, v in merge(var.tags, { "Name" = "x-${count.index}" }) : k => v... if v != null }
  user_data = <<-EOT
    #!/bin/sh
    %{ for h in var.hosts ~}
    echo ${h.name}$${no} %{ if h.up }up%{ else }down%{ endif }
    %{ endfor ~}
  EOT
  ids = aws_subnet.a[*].id
  one = [for s in data.x.y.*.z.0 : a::b(s, [1, 2.5e3]...)][0]["k"] /* c */
  dynamic "b" {
    content { c = -!(1 + 2) }
  }
}
"#;

#[test]
fn no_prefix_of_a_file_is_too_much() {
    for end in 0..=SAMPLE.len() {
        let source = &SAMPLE.as_bytes()[..end];
        let (file, _) = parse_native("m", source);
        file.body.content(&BodySchema::new().block("resource", &["type", "name"]));
        parse_template(source, "m", Pos::START);
    }
    let (_, diagnostics) = parse_native("m", SAMPLE.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics}");
}

#[test]
fn no_file_with_a_piece_cut_out_is_too_much() {
    for start in 0..SAMPLE.len() {
        for length in [1, 2, 5, 17] {
            let mut source = SAMPLE.as_bytes().to_vec();
            source.drain(start..(start + length).min(SAMPLE.len()));
            parse_native("m", &source);
        }
    }
}
