//! Compiles the protocol definitions in `proto/`; protoc is not needed.

use std::error::Error;
use std::path::Path;

const FILES: [&str; 4] = ["tfplugin5.proto", "tfplugin6.proto", "goplugin.proto", "health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("proto");
    let files = FILES.map(|name| folder.join(name));
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
    }
    let descriptors = protox::compile(&files, [folder])?;
    tonic_prost_build::configure()
        .build_client(true)
        .build_server(true)
        .build_transport(false)
        // Values are handed on to their decoder as slices of the message they came in.
        .bytes(".tfplugin6")
        .bytes(".tfplugin5")
        .bytes(".plugin")
        .btree_map(".")
        .compile_fds(descriptors)?;
    Ok(())
}
