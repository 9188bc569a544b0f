//! Saved plans: the archive as it comes, and archives around members that come as they are.
#![no_main]

use std::io::{Cursor, Write as _};

use groma_plan::file::SavedPlan;
use libfuzzer_sys::fuzz_target;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ENGINE: &str = "0.1.0";

/// The members behind the header, in the order in which the input has them.
const MEMBERS: [&str; 4] = ["config", "state", "plan", "state-previous"];

fuzz_target!(|data: &[u8]| {
    let archive = match data.starts_with(b"PK\x03\x04") {
        true => data.to_vec(),
        false => around(data),
    };
    let Ok(saved) = SavedPlan::read(ENGINE, Cursor::new(archive)) else { return };
    let mut written = Cursor::new(Vec::new());
    if saved.write(ENGINE, &mut written).is_ok() {
        SavedPlan::read(ENGINE, written).expect("what was written can be read");
    }
});

/// An archive of members that each stand behind their length, which takes three bytes.
fn around(mut data: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let mut add = |name: &str, content: &[u8]| {
        zip.start_file(name, options).expect("a member of a file in memory");
        zip.write_all(content).expect("memory to write to");
    };
    add("groma-plan", format!("{{\"format\":1,\"engine\":\"{ENGINE}\"}}").as_bytes());
    for name in MEMBERS {
        let Some((length, rest)) = data.split_at_checked(3) else { break };
        let length =
            usize::from(length[0]) + (usize::from(length[1]) << 8) + (usize::from(length[2]) << 16);
        let (content, rest) = rest.split_at(length.min(rest.len()));
        add(name, content);
        data = rest;
    }
    zip.finish().expect("memory to write to").into_inner()
}
