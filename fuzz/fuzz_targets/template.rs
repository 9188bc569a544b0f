//! Templates, as files of `templatefile` have them.
#![no_main]

use groma_diag::Pos;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (template, _) = groma_hcl::parse_template(data, "a.tftpl", Pos::START);
    drop(template.variables());
    drop(template.as_string_literal());
});
