//! What the functions give, as the console shows it.

use std::sync::Arc;

use groma_diag::{Diagnostic, Diagnostics, Pos, SourceRange};
use groma_hcl::{Function, Resolved, Scope, Step, console_text, evaluate, parse_expression};
use groma_lang::{FileAccess, FileKind, FunctionTable};
use groma_value::{Mark, Refinements, Type, Value};

/// A few files in memory.
struct Files;

impl FileAccess for Files {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        match path {
            "hello.txt" => Ok(b"hello\n".to_vec()),
            "hello.tftpl" => Ok(b"Hi ${name}%{ for x in xs } ${x}%{ endfor }!".to_vec()),
            "loop.tftpl" => Ok(b"${templatefile(\"loop.tftpl\", {})}".to_vec()),
            "binary" => Ok(vec![0xff]),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
    fn kind(&self, path: &str) -> std::io::Result<FileKind> {
        match path {
            "hello.txt" | "hello.tftpl" | "sub/a.txt" => Ok(FileKind::File),
            "." | "sub" => Ok(FileKind::Directory),
            _ => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
    fn list(&self, path: &str) -> std::io::Result<Vec<String>> {
        let names: &[&str] = match path {
            "." => &["hello.txt", "hello.tftpl", "sub"],
            "sub" => &["a.txt"],
            _ => return Err(std::io::ErrorKind::NotFound.into()),
        };
        Ok(names.iter().map(|&n| n.to_owned()).collect())
    }
    fn base_dir(&self) -> String {
        "/work dir".to_owned()
    }
    fn home_dir(&self) -> Option<String> {
        Some("/home/me".to_owned())
    }
}

struct Module {
    functions: FunctionTable,
    vars: Value,
}

impl Scope for Module {
    fn resolve(
        &self,
        root: &str,
        _: &[Step<'_>],
        range: &SourceRange,
    ) -> Result<Resolved, Diagnostics> {
        match root {
            "var" => Ok(Resolved { value: self.vars.clone(), consumed: 0 }),
            _ => Err(Diagnostic::error("Unknown variable", root.to_owned()).at(range).into()),
        }
    }

    fn function(&self, name: &str) -> Option<Arc<dyn Function>> {
        self.functions.get(name)
    }

    fn function_names(&self) -> Vec<String> {
        self.functions.names()
    }
}

fn run(text: &str) -> (Value, Diagnostics) {
    let at = jiff::Timestamp::from_second(1_700_000_000).expect("a time");
    let prefixed = Refinements::string_prefix("arn:");
    let vars = Value::object_of([
        ("unknown", Value::unknown(Type::String)),
        ("open", Value::unknown(Type::Dynamic)),
        ("list", Value::unknown(Type::list(Type::String))),
        ("arn", Value::unknown_refined(Type::String, prefixed)),
        ("pair", Value::unknown(Type::tuple([Type::String, Type::Number]))),
        ("template", "a${x}".into()),
        ("ephemeral", Value::from("e").marked(Mark::Ephemeral)),
    ]);
    let module = Module { functions: FunctionTable::new(Arc::new(Files), Some(at), true), vars };
    let (expression, diagnostics) = parse_expression(text.as_bytes(), "test.tf", Pos::START);
    assert!(!diagnostics.has_errors(), "{text}: {diagnostics}");
    evaluate(&expression, &module)
}

#[track_caller]
fn gives(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let (value, diagnostics) = run(text);
        assert!(!diagnostics.has_errors(), "{text}: {diagnostics}");
        assert_eq!(console_text(&value), *expected, "{text}");
    }
}

#[track_caller]
fn fails(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let (_, diagnostics) = run(text);
        let found: Vec<&str> = diagnostics.iter().map(|d| &*d.detail).collect();
        assert!(found.iter().any(|d| d.contains(expected)), "{text}: {found:?}");
    }
}

#[test]
fn addresses_are_divided() {
    gives(&[
        ("cidrsubnet(\"10.0.0.0/16\", 8, 3)", "\"10.0.3.0/24\""),
        ("cidrsubnet(\"fd00::/8\", 56, 1)", "\"fd00:0:0:1::/64\""),
        ("cidrhost(\"10.0.8.0/24\", -2)", "\"10.0.8.254\""),
        ("cidrnetmask(\"172.16.0.0/12\")", "\"255.240.0.0\""),
        (
            "join(\",\", cidrsubnets(\"10.0.0.0/16\", 4, 8, 4))",
            "\"10.0.0.0/20,10.0.16.0/24,10.0.32.0/20\"",
        ),
        ("cidrsubnet(\"0.0.0.0/0\", 32, 4294967295)", "\"255.255.255.255/32\""),
    ]);
    fails(&[
        ("cidrsubnet(\"10.0.0.0/16\", 8, 256)", "does not accommodate a subnet numbered 256"),
        ("cidrsubnet(\"10.0.0.0/16\", 17, 0)", "insufficient address space"),
        ("cidrhost(\"10.0.0.0/33\", 0)", "invalid CIDR address: 10.0.0.0/33"),
        ("cidrsubnets(\"10.0.0.0/30\", 1, 1, 1)", "not enough remaining address space"),
    ]);
}

#[test]
fn strings_are_taken_apart_and_put_together() {
    gives(&[
        (
            "format(\"%s-%03d|%-6.2f|%q|%v\", \"a\", 7, 1.005, \"q\", [1])",
            "\"a-007|1.00  |\\\"q\\\"|[1]\"",
        ),
        ("format(\"%.2f %.1f\", 0.125, 0.25)", "\"0.12 0.2\""),
        ("format(\"%#x %b %e %g\", 255, 5, 1234.5, 0.0000001)", "\"0xff 101 1.234500e+03 1e-07\""),
        ("formatlist(\"%s=%s\", [\"a\", \"b\"], 1)", "tolist([\n  \"a=1\",\n  \"b=1\",\n])"),
        ("replace(\"a1b22\", \"/(\\\\d+)/\", \"<$1>\")", "\"a<1>b<22>\""),
        ("regexall(\"[a-z]+\", \"ab1cd\")", "tolist([\n  \"ab\",\n  \"cd\",\n])"),
        ("regex(\"(?P<k>\\\\w+)=(?P<v>\\\\w+)\", \"a=b\").v", "\"b\""),
        ("substr(\"hello\", -3, 2)", "\"ll\""),
        ("title(\"one two-three\")", "\"One Two-Three\""),
        ("trim(\"--a--\", \"-\")", "\"a\""),
        ("indent(2, \"a\\nb\")", "<<EOT\na\n  b\nEOT"),
        ("join(\"/\", split(\",\", \"a,b\"), [\"c\"])", "\"a/b/c\""),
        ("strrev(\"ab\")", "\"ba\""),
    ]);
    fails(&[
        ("regex(\"x\", \"a\")", "pattern did not match any part of the given string"),
        ("replace(\"a\", \"/(/\", \"\")", "error parsing regexp: missing closing )"),
        ("join(\",\", [null])", "element 0 is null"),
    ]);
}

#[test]
fn collections_are_worked_on() {
    gives(&[
        ("lookup({a = 1}, \"b\", 2)", "2"),
        ("element([1, 2, 3], 4)", "2"),
        ("merge({a = 1}, {b = 2}, {a = 3}).a", "3"),
        ("flatten([[1, [2]], 3])", "[\n  1,\n  2,\n  3,\n]"),
        ("zipmap([\"a\"], [1]).a", "1"),
        ("setproduct([\"a\"], [1, 2])[1][1]", "2"),
        ("sort([\"b\", \"a\"])[0]", "\"a\""),
        ("distinct([1, 1, 2])", "tolist([\n  1,\n  2,\n])"),
        ("range(3, 0)", "tolist([\n  3,\n  2,\n  1,\n])"),
        ("chunklist([1, 2, 3], 2)[1]", "tolist([\n  3,\n])"),
        ("transpose({a = [\"x\"], b = [\"x\"]}).x", "tolist([\n  \"a\",\n  \"b\",\n])"),
        ("one(toset([5]))", "5"),
        ("alltrue([]) && !anytrue([])", "true"),
        ("coalesce(null, \"\", \"x\")", "\"x\""),
        ("concat([1], tolist([2]))", "[\n  1,\n  2,\n]"),
        ("sum([1, \"2\", 3.5])", "6.5"),
        ("setsubtract([1, 2], [2])", "toset([\n  1,\n])"),
        ("matchkeys([1, 2], [\"a\", \"b\"], [\"b\"])", "tolist([\n  2,\n])"),
        ("slice([1, 2, 3], 1, 2)", "[\n  2,\n]"),
        ("reverse([1, 2])[0] + max(1, 2) + min(3, 4) + length(\"añ\")", "9"),
        ("keys({b = 1, a = 2})[0]", "\"a\""),
    ]);
    fails(&[
        ("element([], 0)", "cannot use element function with an empty list"),
        ("lookup({}, \"a\")", "the given object has no attribute \"a\""),
        ("one([1, 2])", "either zero or one elements"),
        ("slice([1], 0, 2)", "end index must not be greater than the length"),
        ("list(\"a\")", "use tolist([ ... ]) syntax"),
    ]);
}

#[test]
fn what_is_not_known_yet_is_told_as_far_as_it_can_be() {
    gives(&[
        ("upper(var.unknown)", "(known after apply)"),
        ("length(var.pair)", "2"),
        ("keys({a = var.unknown})[0]", "\"a\""),
        ("startswith(var.arn, \"arn:\")", "true"),
        ("startswith(var.arn, \"http\")", "false"),
        ("startswith(var.arn, \"arn:aws\")", "(known after apply)"),
        ("contains([var.unknown, \"a\"], \"a\")", "true"),
        ("anytrue([true, var.unknown == \"a\"])", "true"),
        ("coalesce(\"a\", var.unknown)", "\"a\""),
        ("try(var.open.x, \"d\")", "(known after apply)"),
        ("can(var.open.x)", "(known after apply)"),
        ("uuid()", "(known after apply)"),
        ("timestamp()", "(known after apply)"),
        ("plantimestamp()", "\"2023-11-14T22:13:20Z\""),
    ]);
    let (value, _) = run("format(\"arn:%s\", var.unknown)");
    assert_eq!(value.refinements().and_then(|r| r.prefix.as_deref()), Some("arn:"));
    let (value, _) = run("jsonencode({a = var.unknown})");
    assert_eq!(value.refinements().and_then(|r| r.prefix.as_deref()), Some("{"));
    assert!(value.is_definitely_not_null());
}

#[test]
fn errors_point_at_where_arguments_begin() {
    for (text, expected) in [
        ("parseint(\"<${1}>\", 16)", "<"),
        ("parseint(\"x<\", 16)", "x<"),
        ("parseint((\"x<\"), 16)", "x<"),
        ("abs([for x in [] : x])", "["),
        ("abs([[]][*])", "[*]"),
        ("upper([[1]][0])", "[[1]][0]"),
        ("upper(concat([1], [2]))", "concat("),
        ("signum(0.1)", "signum("),
        ("try(max([]...))", "try("),
    ] {
        let (_, diagnostics) = run(text);
        let subject = diagnostics.iter().find_map(|d| d.subject.clone()).expect(text);
        let found = &text[subject.start.byte as usize..subject.end.byte as usize];
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn what_no_value_can_become_is_refused_at_once() {
    fails(&[
        ("tomap(var.unknown)", "cannot convert string to map"),
        ("tonumber(var.list)", "cannot convert list of string to number"),
    ]);
}

#[test]
fn marks_stay() {
    gives(&[
        ("upper(sensitive(\"a\"))", "(sensitive value)"),
        ("merge({a = sensitive(1)}, {b = 2})", "{\n  \"a\" = (sensitive value)\n  \"b\" = 2\n}"),
        ("nonsensitive(upper(sensitive(\"a\")))", "\"A\""),
        ("issensitive(jsonencode({a = sensitive(1)}))", "true"),
        ("ephemeralasnull(var.ephemeral)", "tostring(null)"),
    ]);
    fails(&[("file(sensitive(\"secret\"))", "no file exists at (sensitive value)")]);
}

#[test]
fn files_and_templates_are_read() {
    gives(&[
        ("file(\"./sub/../hello.txt\")", "<<EOT\nhello\n\nEOT"),
        ("filesha1(\"hello.txt\")", "\"f572d396fae9206628714fb2ce00f72e94f2258f\""),
        ("fileexists(\"nope\")", "false"),
        ("fileset(\".\", \"**/*.txt\")", "toset([\n  \"hello.txt\",\n  \"sub/a.txt\",\n])"),
        ("fileset(\"sub\", \"*\")", "toset([\n  \"a.txt\",\n])"),
        ("templatefile(\"hello.tftpl\", {name = \"you\", xs = [1, 2]})", "\"Hi you 1 2!\""),
        ("templatestring(var.template, {x = 1})", "\"a1\""),
        ("abspath(\"a/../b\")", "\"/work dir/b\""),
        ("pathexpand(\"~/x\")", "\"/home/me/x\""),
        ("dirname(\"a/b.txt\")", "\"a\""),
    ]);
    fails(&[
        ("file(\"nope.txt\")", "no file exists at \"nope.txt\""),
        ("file(\"binary\")", "not valid UTF-8"),
        ("templatefile(\"hello.tftpl\", {xs = []})", "vars map does not contain key \"name\""),
        ("templatefile(\"loop.tftpl\", {})", "maximum recursion depth 64 reached"),
        ("templatestring(\"a\", {})", "does not support providing a literal template"),
        ("fileexists(\"sub\")", "is a directory, not a file"),
    ]);
}

#[test]
fn encodings_go_both_ways() {
    gives(&[
        ("jsondecode(jsonencode({a = [1, null, true]})).a[2]", "true"),
        ("base64decode(base64encode(\"é\"))", "\"é\""),
        ("yamldecode(\"a: [1, yes, 2020-01-01, ~, '5']\\nb: &x {c: 1}\\nd: *x\").d.c", "1"),
        (
            "jsonencode(yamldecode(\"- 1\\n- yes\\n- 2020-01-01\\n- ~\\n- '5'\\n- 0x1f\\n\"))",
            "\"[1,true,\\\"2020-01-01T00:00:00Z\\\",null,\\\"5\\\",31]\"",
        ),
        ("yamldecode(yamlencode({a = {b = [\"x\\ny\"]}})).a.b[0]", "<<EOT\nx\ny\nEOT"),
        ("csvdecode(\"a,b\\n1,\\\"x,\\\"\\\"y\\\"\")[0].b", "\"x,\\\"y\""),
        ("urlencode(\"a b&é\")", "\"a+b%26%C3%A9\""),
        ("md5(\"a\")", "\"0cc175b9c0f1b6a831c399e269772661\""),
        (
            "formatdate(\"DD MMM YYYY hh:mm 'at' ZZZ\", \"2020-02-03T04:05:06Z\")",
            "\"03 Feb 2020 04:05 at UTC\"",
        ),
        ("timeadd(\"2020-02-28T00:00:00Z\", \"36h\")", "\"2020-02-29T12:00:00Z\""),
        ("parseint(\"ff\", 16) + parseint(\"-z\", 36)", "220"),
        ("core::upper(\"a\")", "\"A\""),
    ]);
    fails(&[
        ("jsondecode(\"{\")", "unexpected EOF"),
        ("yamldecode(\"a: *b\")", "reference to undefined anchor \"b\""),
        ("yamldecode(\"<<: 1\")", "cannot merge number into mapping"),
        ("base64decode(\"!\")", "failed to decode base64 data \"!\""),
        ("tonumber(\"x\")", "cannot convert \"x\" to number"),
        ("tonumber(sensitive(\"x\"))", "cannot convert this sensitive string to number"),
        ("try()", "at least one argument is required"),
        ("try({}.a)", "no expression succeeded:\n- Unsupported attribute (at test.tf:1,7-9)"),
        ("timeadd(\"2020-13-01T00:00:00Z\", \"1h\")", "cannot use \"-01T00:00:00Z\" as month"),
        ("formatdate(\"YYY\", \"2020-01-01T00:00:00Z\")", "year must either be"),
    ]);
}

#[test]
fn malicious_yaml_ends_soon() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\\n");
    for i in 1..12 {
        let aliases = vec![format!("*a{}", i - 1); 10].join(", ");
        bomb.push_str(&format!("a{i}: &a{i} [{aliases}]\\n"));
    }
    fails(&[(&format!("yamldecode(\"{bomb}\")"), "there are too many values")]);
    let deep = "[".repeat(5000);
    let (_, diagnostics) = run(&format!("yamldecode(\"{deep}\")"));
    assert!(diagnostics.has_errors());
}

#[test]
fn texts_are_encoded_and_decoded() {
    gives(&[
        ("textencodebase64(\"日本\", \"gbk\")", "\"yNWxvg==\""),
        ("textencodebase64(\"привет\", \"KOI8-R\")", "\"0NLJ18XU\""),
        ("textencodebase64(\"a\", \"UTF-16\")", "\"/v8AYQ==\""),
        ("textdecodebase64(\"gQ==\", \"cp437\")", "\"ü\""),
        (
            "textdecodebase64(textencodebase64(\"a~日本b\", \"HZ-GB-2312\"), \"HZ-GB-2312\")",
            "\"a~日本b\"",
        ),
        ("base64gunzip(base64gzip(\"hello\"))", "\"hello\""),
        ("urldecode(\"Hello+World%21%E2%98%83\")", "\"Hello World!☃\""),
        ("convert(\"1\", number)", "1"),
        (
            "convert({ a = 1 }, object({ a = string, b = optional(list(string), [\"x\"]) })).b",
            "tolist([\n  \"x\",\n])",
        ),
        ("cidrcontains(\"192.168.0.0/20\", \"192.168.2.1\")", "true"),
        ("cidrcontains(\"192.168.0.0/20\", \"192.168.0.0/19\")", "false"),
        ("cidrcontains(\"fe80::/48\", \"fe80::1\")", "true"),
        ("cidrcontains(\"::ffff:10.0.0.0/104\", \"10.0.0.1\")", "true"),
        ("cidrcontains(\"10.0.0.0/8\", \"::ffff:11.0.0.1\")", "false"),
    ]);
    fails(&[
        ("textencodebase64(\"日\", \"latin1\")", "cannot be represented in ISO_8859-1:1987"),
        ("textdecodebase64(\"gQ==\", \"windows-1250\")", "not defined for windows-1250"),
        ("textencodebase64(\"a\", \"nope\")", "not a supported IANA encoding"),
        ("base64gunzip(\"aGVsbG8=\")", "failed to gunzip"),
        ("urldecode(\"%zz\")", "invalid URL escape"),
        ("convert(\"x\", number)", "a number is required"),
        ("convert(1, nope)", "nope"),
        ("cidrcontains(\"10.0.0.0/8\", \"fe80::1\")", "address family mismatch"),
        ("rsadecrypt(\"aGk=\", \"x\")", "no key found"),
        ("merge(null, 16)", "must be maps or objects"),
        ("indent(-1, \"a\\nb\")", "must not be negative"),
        ("regex(\"a**\", \"a\")", "invalid nested repetition operator"),
    ]);
}

#[test]
fn odd_arguments_are_taken_as_they_always_were() {
    gives(&[
        // Without a type in common, an empty string is a value as any other.
        ("coalesce(\"\", null, [])", "\"\""),
        ("cidrhost(\"::ffff:10.0.0.0/104\", 0)", "\"10.0.0.0\""),
        ("cidrhost(\"::ffff:10.0.0.0/104\", 1)", "\"0:1::ffff:a00:0\""),
        ("cidrhost(\"::ffff:10.0.0.0/104\", -1)", "\"ff:ffff::ffff:a00:0\""),
        ("cidrhost(\"2001:db8::/64\", 18446744073709551616)", "\"2001:db8:0:1::\""),
        ("cidrnetmask(\"::ffff:10.0.0.0/104\")", "\"ffff:ffff:ffff:ffff:ffff:ffff:ff00:0\""),
        ("cidrsubnet(\"::ffff:10.0.0.0/104\", 8, 2)", "\"10.2.0.0/16\""),
        ("cidrsubnet(\"::ffff:10.0.0.0/104\", 8, -1)", "\"::1:0/112\""),
        ("timecmp(\"2018-01-02T3:04:05,5Z\", \"2018-01-03T03:04:05.5+24:00\")", "0"),
        ("ceil(1e308) == 1e308", "true"),
        ("floor(-0)", "0"),
        ("textencodebase64(\"\", \"UTF-16\")", "\"/v8=\""),
        ("fileset(\"nowhere\", \"[\") == toset([])", "true"),
    ]);
    fails(&[
        ("cidrhost(\"10.0.0.0/8\", 18446744073709551615)", "does not accommodate"),
        ("range(1, 7, 0)", "more than 1024 values"),
        ("templatestring({}[\"x\"], {})", "must be a direct reference to a single string"),
        ("templatestring(\"a\", {}[\"x\"])", "The given key does not identify an element"),
        ("cidrsubnets(\"0.0.0.0/0\", 4)", "prefix of 4 bits after 240.0.0.0/4"),
        ("cidrsubnets(\"::ffff:10.0.0.0/104\", 4)", "not enough remaining address space"),
        ("cidrsubnets(\"10.0.0.0/8\", 1.5)", "Invalid value for \"newbits\" parameter"),
        ("log(1e1000, 10)", "value must be between"),
        ("timeadd(\"2018-01-02T3:04:05Z\", \"1h\")", "hour must have exactly two digits"),
        ("fileexists(\"~nobody\")", "cannot expand user-specific home dir"),
    ]);
}

#[test]
fn yaml_is_read_as_it_always_was() {
    gives(&[
        ("yamldecode(\"a:\\tb\").a", "\"b\""),
        ("join(\",\", yamldecode(\"[b,\\n\\tc]\"))", "\"b,c\""),
        ("yamldecode(\"a: |\\n x\\n  y\").a == \"x\\n y\"", "true"),
        ("yamldecode(\"a: |\\n x\\n\").a == \"x\\n\"", "true"),
        ("yamldecode(\"!!int\") == null", "true"),
    ]);
    fails(&[
        ("yamldecode(\"- \\ta\")", "cannot start any token"),
        ("yamldecode(\"a: |\\n  \\tx\")", "found a tab character"),
        ("yamldecode(\"%YAML 1.2\\n---\\na\")", "incompatible YAML document"),
        ("yamldecode(\"\\\"\\\\/\\\"\")", "unknown escape character"),
        ("yamldecode(\"0xFFFFFFFFFFFFFFFFFF\")", "cannot parse"),
    ]);
}

#[test]
fn what_is_wrong_with_any_element_needs_none() {
    fails(&[
        ("[for x in [] : x if [1]]", "The 'if' clause value is invalid: bool required"),
        ("split(\",\", var.unknown)[*].a", "Can't access attributes on a primitive-typed value"),
        ("compact([])[*].a", "Can't access attributes on a primitive-typed value"),
    ]);
    gives(&[
        ("[for x in [] : x if x.a.b]", "[]"),
        ("tolist([])[*].a", "tolist([])"),
        ("0 * length(split(\",\", var.unknown))", "(known after apply)"),
    ]);
}
