//! Native syntax: files, single expressions, references, and their formatting.
#![no_main]

use groma_diag::Pos;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (file, _) = groma_hcl::parse_native("main.tf", data);
    let (attributes, _) = file.body.just_attributes();
    for attribute in attributes.values() {
        drop(attribute.expr.variables());
    }
    let (expression, _) = groma_hcl::parse_expression(data, "main.tf", Pos::START);
    drop(expression.variables());
    drop(groma_hcl::parse_traversal(data, "main.tf", Pos::START));
    if let (Some(formatted), _) = groma_hcl::format_file("main.tf", data) {
        let (_, found) = groma_hcl::parse_native("main.tf", formatted.as_bytes());
        assert!(!found.has_errors(), "formatting has broken it: {found}\n{formatted}");
    }
    if let Ok(text) = std::str::from_utf8(data) {
        drop(groma_hcl::format(text));
    }
});
