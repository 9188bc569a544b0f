use super::*;

#[test]
fn calls_convert_their_arguments() {
    check("upper(\"a\")", "\"A\"");
    check("upper(true)", "\"TRUE\"");
    check("join(\"-\", 1, names[0])", "\"1-x\"");
    check("join(names...)", "\"y\"");
    check("join(\",\", [1, 2]...)", "\"1,2\"");
    check_exactly("upper(secret)", sensitive("PW".into()));
    check_exactly("join(\"-\", secrets...)", sensitive("x-y".into()));
    let result = Value::unknown_refined(Type::String, Refinements::not_null());
    check_exactly("upper(later)", result.clone());
    check_exactly("upper(open)", result);
    check_exactly("join(\"\", secret, later)", sensitive(unknown(Type::String)));
    check_exactly("join(\"\", open...)", unknown(Type::Dynamic));
    check("try(servers[5], gone, 1)", "1");
    check("[for x in names : try(x.y, x)]", "[ \"x\", \"y\", ]");
}

#[test]
fn calls_say_which_argument_is_wrong() {
    check_errors(
        "upper()",
        &[
            "Not enough function arguments: Function \"upper\" expects 1 argument(s). Missing value for \"str\".",
        ],
    );
    check_errors(
        "join()",
        &[
            "Not enough function arguments: Function \"join\" expects at least 1 argument(s). Missing value for \"separator\".",
        ],
    );
    check_errors(
        "upper(1, 2)",
        &["Too many function arguments: Function \"upper\" expects only 1 argument(s)."],
    );
    check_errors(
        "upper(nothing)",
        &[
            "Invalid function argument: Invalid value for \"str\" parameter: argument must not be null.",
        ],
    );
    check_errors(
        "join(\"\", 1, servers)",
        &["Invalid function argument: Invalid value for \"items\" parameter: string required."],
    );
    check_errors(
        "upper(\"fail\")",
        &["Invalid function argument: Invalid value for \"str\" parameter: not this one."],
    );
    check_errors(
        "upper(\"broken\")",
        &["Error in function call: Call to function \"upper\" failed: out of order."],
    );
    check_errors(
        "uper(1)",
        &["Call to unknown function: There is no function named \"uper\". Did you mean \"upper\"?"],
    );
    check_errors(
        "upper(text...)",
        &[
            "Invalid expanding argument value: The expanding argument (indicated by ...) must be of a tuple, list, or set type.",
        ],
    );
    let (_, diagnostics) = run("join(nothing)");
    let call = diagnostics.iter().next().and_then(|d| d.function_call.clone()).expect("a call");
    assert_eq!(call.signature.as_deref(), Some("join(separator, items...)"));
}

#[test]
fn functions_can_be_called_with_values() {
    let join = Join::new();
    let called = call_function(&join, &["-".into(), 1.into(), true.into()]);
    assert_eq!(called, Ok("1-true".into()));
    let error = call_function(&join, &[]).expect_err("no arguments");
    assert_eq!(error.message, "expects at least 1 argument(s). Missing value for \"separator\"");
}

#[test]
fn constants_refer_to_nothing() {
    let constant = |source: &str| {
        let (expression, _) = parse_expression(source.as_bytes(), "m", Pos::START);
        let (value, diagnostics) = evaluate_constant(&expression);
        (value, diagnostics.iter().map(|d| d.summary.clone()).collect::<Vec<_>>())
    };
    assert_eq!(constant("1 + 1"), (2.into(), vec![]));
    assert_eq!(constant("[for x in [3] : x][0]"), (3.into(), vec![]));
    assert_eq!(constant("a.b").1, ["Variables not allowed"]);
    assert_eq!(constant("f(1)").1, ["Function calls not allowed"]);
}
