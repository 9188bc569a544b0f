use super::*;

#[test]
fn a_scope_sees_all_steps_with_their_keys() {
    let mut fixture = fixture();
    fixture.consumes = 2;
    let source = "servers[n - 1].id";
    let (expression, _) = parse_expression(source.as_bytes(), "m", Pos::START);
    assert_eq!(evaluate(&expression, &fixture), ("b".into(), Diagnostics::new()));
    let asked = fixture.asked.lock().expect("no panic");
    assert_eq!(*asked, ["n", "servers[1].id"]);
}

#[test]
fn steps_that_a_scope_leaves_are_applied() {
    check("servers[0].id", "\"a\"");
    check("servers[n - 1][\"id\"]", "\"b\"");
    check("(servers)[0].id", "\"a\"");
    check("servers.1.id", "\"b\"");
    check_exactly("open.a[0].b", unknown(Type::Dynamic));
    check_exactly("many[0].id", unknown(Type::String));
    check_exactly("names[open]", unknown(Type::String));
    check_exactly("secrets[0]", sensitive("x".into()));
    check_errors(
        "servers[2]",
        &[
            "Invalid index: The given key does not identify an element in this collection value: the given index is greater than or equal to the length of the collection.",
        ],
    );
    check_errors(
        "deep.a.c",
        &["Unsupported attribute: This object does not have an attribute named \"c\"."],
    );
    check_errors(
        "many.id",
        &[
            "Unsupported attribute: Can't access attributes on a list of objects. Did you mean to access attribute \"id\" for a specific element of the list, or across all elements of the list?",
        ],
    );
    check_errors("gone.a[also]", &["Unknown variable: There is no variable named \"also\"."]);
}

#[test]
fn diagnostics_tell_the_values_that_took_part() {
    let (_, diagnostics) = run("[for s in servers : s.id + n + deep.a + later + secret][0]");
    let first = diagnostics.iter().next().expect("an error");
    assert_eq!(first.detail, "Unsuitable value for left operand: a number is required.");
    let told = |d: &Diagnostic| -> Vec<String> {
        d.values.iter().map(|v| format!("{} {}", v.traversal, v.statement)).collect()
    };
    assert_eq!(told(first), ["s.id is \"a\""]);
    let (_, diagnostics) = run("deep.a.x.y");
    let first = diagnostics.iter().next().expect("an error");
    assert_eq!(told(first), ["deep.a is object with 1 attribute \"b\""]);
    assert_eq!(first.subject.as_ref().map(|s| s.start.column), Some(7));
    let (expression, _) = parse_expression(b"later + secret + n + open + names", "m", Pos::START);
    let all = expression_values(&expression, &fixture(), true, true);
    let all: Vec<String> = all.iter().map(|v| format!("{} {}", v.traversal, v.statement)).collect();
    assert_eq!(
        all,
        [
            "later is a string, known only after apply",
            "n is 2",
            "names is list of string with 2 elements",
            "open will be known only after apply",
            "secret has a sensitive value",
        ]
    );
}

#[test]
fn templates_keep_what_is_known() {
    check("\"${text} ${n}\"", "\"hi 2\"");
    check_exactly("\"${n}\"", 2.into());
    check_exactly("\"${secret}!\"", sensitive("pw!".into()));
    let prefixed = |p: &str| Value::unknown_refined(Type::String, Refinements::string_prefix(p));
    check_exactly("\"id-${later}-x\"", prefixed("id-"));
    check_exactly("\"id-${soon}-x\"", prefixed("id-ami-"));
    check_exactly("\"a-${secret}${later}\"", sensitive(prefixed("a-pw")));
    check_exactly("\"%{ for x in open }${x}%{ endfor }\"", prefixed(""));
    check("\"%{ for x in names }<${x}>%{ endfor }\"", "\"<x><y>\"");
    check_exactly("\"%{ for x in secrets }${x}%{ endfor }\"", sensitive("xy".into()));
    check_errors(
        "\"a${nothing}b${servers}\"",
        &[
            "Invalid template interpolation value: The expression result is null. Cannot include \
             a null value in a string template.",
            "Invalid template interpolation value: Cannot include the given value in a string \
             template: string required.",
        ],
    );
}

#[test]
fn operators_decide_as_soon_as_they_can() {
    check("false && gone", "false");
    check("true || gone", "true");
    check_exactly("flag && false", Value::FALSE);
    check_exactly("flag || true", Value::TRUE);
    let open_bool = Value::unknown_refined(Type::Bool, Refinements::not_null());
    check_exactly("flag && true", open_bool.clone());
    check_exactly("later == \"x\"", open_bool);
    check_exactly("secret == \"pw\"", sensitive(Value::TRUE));
    check("\"1\" + n", "3");
    check_errors(
        "nothing + 1",
        &["Operation failed: Error during operation: argument must not be null."],
    );
    check_errors(
        "!text",
        &["Invalid operand: Unsuitable value for unary operand: a bool is required."],
    );
    check_errors(
        "gone + also",
        &[
            "Unknown variable: There is no variable named \"gone\".",
            "Unknown variable: There is no variable named \"also\".",
        ],
    );
}

#[test]
fn conditionals_have_one_type() {
    check("n > 1 ? \"a\" : 1", "\"a\"");
    check("n > 5 ? \"a\" : 1", "\"1\"");
    check("n > 1 ? 1 : gone", "1");
    check_exactly("n > 1 ? nothing : names", Value::null(Type::list(Type::String)));
    check_exactly("secret == \"pw\" ? 1 : 2", sensitive(1.into()));
    check_exactly("true ? 1 : secret", sensitive("1".into()));
    let between = Refinements::number_range(1, 5);
    check_exactly("flag ? 1 : 5", Value::unknown_refined(Type::Number, between));
    check_exactly(
        "flag ? names : tolist([\"z\"])",
        Value::unknown_refined(Type::list(Type::String), Refinements::length_range(1, 2)),
    );
    check_exactly("flag ? 1 : nothing", unknown(Type::Number));
    check_exactly("true ? 1 : open", 1.into());
    check_errors(
        "nothing ? 1 : 2",
        &["Null condition: The condition value is null. Conditions must either be true or false."],
    );
    check_errors(
        "text ? 1 : 2",
        &["Incorrect condition type: The condition expression must be of type bool."],
    );
    check_errors(
        "true ? {a = [1]} : {a = {}}",
        &[
            "Inconsistent conditional result types: The true and false result expressions must have \
           consistent types. Type mismatch for object attribute \"a\": The 'true' value is tuple, \
           but the 'false' value is object.",
        ],
    );
}

#[test]
fn for_goes_over_all_that_has_elements() {
    check("[for s in servers : s.id]", "[ \"a\", \"b\", ]");
    check("[for i, x in names : \"${i}${x}\" if i > 0]", "[ \"1y\", ]");
    check("{for k, v in {a = 1, b = 2} : v => k}", "{ \"1\" = \"a\" \"2\" = \"b\" }");
    check(
        "{for s in [\"ab\", \"ac\", \"b\"] : \"x\" => s...}[\"x\"]",
        "[ \"ab\", \"ac\", \"b\", ]",
    );
    check("[for x in toset([\"b\", \"a\"]) : x]", "[ \"a\", \"b\", ]");
    check("[for x in names : [for y in names : \"${x}${y}\"]][1][0]", "\"yx\"");
    check("[for n in names : n][0]", "\"x\"");
    check_exactly("[for x in open : x]", unknown(Type::Dynamic));
    check_exactly("[for x in many : x]", unknown(Type::Dynamic));
    check_exactly("[for x in names : x if flag]", unknown(Type::Dynamic));
    check_exactly("{for x in names : later => x}", unknown(Type::Dynamic));
    check_exactly("[for x in secrets : x]", sensitive(Value::tuple(vec!["x".into(), "y".into()])));
    check_exactly("{for x in [1] : secret => x}", sensitive(Value::object_of([("pw", 1.into())])));
    check_errors(
        "[for x in nothing : x]",
        &[
            "Iteration over null value: A null value cannot be used as the collection in a 'for' expression.",
        ],
    );
    check_errors(
        "[for x in text : x]",
        &[
            "Iteration over non-iterable value: A value of type string cannot be used as the collection in a 'for' expression.",
        ],
    );
    check_errors(
        "[for x in later : x]",
        &[
            "Iteration over non-iterable value: A value of type string cannot be used as the collection in a 'for' expression.",
        ],
    );
    check_errors(
        "{for x in [1, 1] : \"k\" => x}",
        &[
            "Duplicate object key: Two different items produced the key \"k\" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.",
        ],
    );
    check_errors(
        "{for x in [1] : nothing => x}",
        &["Invalid object key: Key expression in 'for' expression must not produce a null value."],
    );
    check_errors(
        "[for x in [1] : x if nothing]",
        &["Condition is null: The value of the 'if' clause must not be null."],
    );
}

#[test]
fn splats_go_over_one_or_many() {
    check("servers[*].id", "[ \"a\", \"b\", ]");
    check("servers.*.id", "[ \"a\", \"b\", ]");
    check("deep[*].a.b", "[ 1, ]");
    check("nothing[*].a", "[]");
    check("tolist([{a = 1}])[*].a", "tolist([ 1, ])");
    check("[[{a = 1}], [{a = 2}, {a = 3}]][*][*].a", "[ [ 1, ], [ 2, 3, ], ]");
    check("[[1, 2], [3, 4]].*[0]", "[ 1, 2, ]");
    check("[for x in names : (servers[*].id)[0]]", "[ \"a\", \"a\", ]");
    check_exactly("open[*].a", unknown(Type::Dynamic));
    check_exactly("later[*]", unknown(Type::Dynamic));
    check_exactly("soon[*]", Value::tuple(vec![run("soon").0]));
    let ids = Type::list(Type::String);
    check_exactly("many[*].id", Value::unknown_refined(ids, Refinements::not_null()));
    check_exactly("secrets[*]", run("secrets").0);
    check_errors(
        "tolist(nothing)[*]",
        &[
            "Splat of null value: Splat expressions (with the * symbol) cannot be applied to null sequences.",
        ],
    );
}

#[test]
fn objects_need_keys_that_are_strings() {
    check(
        "{(text) = 1, \"${n}\" = 2, n = 3, 4 = 5}",
        "{ \"2\" = 2 \"4\" = 5 \"hi\" = 1 \"n\" = 3 }",
    );
    check_exactly("{(later) = 1}", unknown(Type::Dynamic));
    check_exactly("{(secret) = 1}", sensitive(Value::object_of([("pw", 1.into())])));
    check_errors("{(nothing) = 1}", &["Null value as key: Can't use a null value as a key."]);
    check_errors(
        "{(servers) = 1}",
        &["Incorrect key type: Can't use this value as a key: string required."],
    );
    check_errors(
        "{a.b = 1}",
        &[
            "Ambiguous attribute key: If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended as a literal name containing periods, wrap it in quotes to create a string literal.",
        ],
    );
}
