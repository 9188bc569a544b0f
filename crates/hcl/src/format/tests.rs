use super::{format, format_file};

#[track_caller]
fn check(source: &str, expected: &str) {
    let (formatted, diagnostics) = format_file("main.tf", source.as_bytes());
    assert!(diagnostics.is_empty(), "{diagnostics}");
    assert_eq!(formatted.as_deref(), Some(expected), "{source}");
    let (again, _) = format_file("main.tf", expected.as_bytes());
    assert_eq!(again.as_deref(), Some(expected), "formatting again changes something");
}

#[test]
fn equals_signs_and_comments_stand_one_above_the_other() {
    check(
        "a=1 # one\nbbbb   =   2 // two\n\nc = 3\ndd = [\n1,2]\ne={x=1}#x\n",
        "a    = 1 # one\nbbbb = 2 // two\n\nc = 3\ndd = [\n1, 2]\ne = { x = 1 } #x\n",
    );
    check("éé = \"日本\" # a\nb=1 # b\n", "éé = \"日本\" # a\nb  = 1    # b\n");
}

#[test]
fn lines_are_indented_by_the_brackets_above_them() {
    check(
        "a \"b\" {\nx = func([\n{\ny = 1\n},\n{}\n])\n      # note\nz {\n}\n}\n",
        "a \"b\" {\n  x = func([\n    {\n      y = 1\n    },\n    {}\n  ])\n  # note\n  z {\n  }\n}\n",
    );
    check(
        "a = merge(x, {\nb = 1\n}, {\nc = 2\n})\n",
        "a = merge(x, {\n  b = 1\n  }, {\n  c = 2\n})\n",
    );
}

#[test]
fn tokens_are_spaced() {
    for (source, expected) in [
        ("f ( 1 , [ 2 ] ... )", "f(1, [2]...)"),
        ("x [ 0 ] . y [*] . z . * . w", "x[0].y[*].z.*.w"),
        ("a ?b:c", "a ? b : c"),
        ("a -1 + - 1 * (- 2)", "a - 1 + -1 * (-2)"),
        ("!a&&! b||c==- 1", "!a && !b || c == -1"),
        ("[for k , v in [x]:v if k!=1 ]", "[for k, v in [x] : v if k != 1]"),
        ("{for k,v in x:k=>v...}", "{ for k, v in x : k => v... }"),
        ("{ }", "{}"),
        ("{a=1}", "{ a = 1 }"),
        ("\"a ${ b }%{ if c }d%{ endif ~}${ {} }\"", "\"a ${b}%{if c}d%{endif~}${ {} }\""),
        ("a :: b ( 1 )", "a::b(1)"),
        ("a /* x */+b", "a /* x */ + b"),
    ] {
        check(&format!("v={source}\n"), &format!("v = {expected}\n"));
    }
}

#[test]
fn heredocs_stay_as_they_are() {
    let source = "a = <<-EOT\n      x  ${y}\n  z\n   EOT\nb = 1\n";
    check(source, source);
    check("a=[<<A\nfoo  \nA\n,1]\n", "a = [<<A\nfoo  \nA\n, 1]\n");
}

#[test]
fn older_spellings_become_present_ones() {
    check("a = \"${ foo }\"\n", "a = foo\n");
    check("a = \"${f(\"${b}\")}\"\n", "a = f(\"${b}\")\n");
    check("a = \"${b}${c}\"\n", "a = \"${b}${c}\"\n");
    check("a = \"${\nb\n? c\n: d\n}\"\n", "a = (b\n  ? c\n: d)\n");
    check("a   b c/* x */ {\n}\n", "a \"b\" \"c\" /* x */ {\n}\n");
    check("a  /* x */ {\n}\n", "a /* x */ {\n}\n");
    check(
        "variable x {\ntype=\"string\"\n}\nvariable y {\ntype=list\n}\nvariable z {\ntype=\"map\"\n}\n",
        "variable \"x\" {\n  type = string\n}\nvariable \"y\" {\n  type = list(any)\n}\nvariable \"z\" {\n  type = map(string)\n}\n",
    );
    check("module x {\ntype=\"string\"\n}\n", "module \"x\" {\n  type = \"string\"\n}\n");
}

#[test]
fn what_is_at_the_ends_of_lines_and_files_stays() {
    check("", "");
    check("a=1\r\nbb=2 # x\r\n", "a  = 1\r\nbb = 2 # x\r\n");
    check("\u{feff}a=1", "\u{feff}a = 1");
    check("a=1   ", "a = 1   ");
    check("# x  \n\n\n  # y", "# x  \n\n\n# y");
}

#[test]
fn files_with_errors_are_left_alone() {
    let (formatted, diagnostics) = format_file("main.tf", b"a = = 1\n");
    assert!(formatted.is_none() && diagnostics.has_errors());
}

#[test]
fn parts_of_files_can_be_formatted() {
    assert_eq!(format("[ 1,2 ]"), "[1, 2]");
    assert_eq!(format("f(\n1"), "f(\n  1");
    // Whatever the text, nothing but white space changes.
    let sample = "a \"b\" {\n x=[1,\"${y}%{if z}\\n%{endif}\",<<-EOT\n  q ${w}\n  EOT\n]# c\n}\n";
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    for end in 0..=sample.len() {
        assert_eq!(bare(&format(&sample[..end])), bare(&sample[..end]));
        assert_eq!(bare(&format(&sample[end..])), bare(&sample[end..]));
    }
}
