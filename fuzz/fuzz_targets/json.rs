//! JSON syntax.
#![no_main]

use groma_hcl::BodySchema;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (file, _) = groma_hcl::parse_json("main.tf.json", data);
    let (attributes, _) = file.body.just_attributes();
    for attribute in attributes.values() {
        drop(attribute.expr.variables());
    }
    let (content, _, _) = file.body.partial_content(&schema());
    for block in &content.blocks {
        let (attributes, _) = block.body.just_attributes();
        for attribute in attributes.values() {
            drop(attribute.expr.variables());
        }
    }
});

fn schema() -> BodySchema {
    BodySchema::new()
        .optional(["a"])
        .block("locals", &[])
        .block("variable", &["name"])
        .block("resource", &["type", "name"])
}
