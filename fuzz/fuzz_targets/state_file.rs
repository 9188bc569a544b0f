//! State files: what is read is written, and read again as the same.
#![no_main]

use groma_state::file::StateFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(Some(file)) = StateFile::read_if_any(data) else { return };
    if file.check().is_err() {
        return;
    }
    let written = file.to_bytes().expect("a state that is whole can be written");
    let again = StateFile::read(&written).expect("what was written can be read");
    let twice = again.to_bytes().expect("what was read can be written");
    assert!(written == twice, "writing again gives another file");
});
