//! The order in which blocks without an order are written: that of hashes over a text form of them,
//! as providers of the older SDK have it. It shows where two blocks are about the same kind of
//! principal, or the same test and variable, and so become one list.

use groma_sdk::Blocks;

/// CRC-32 as in Ethernet.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc)))
}

/// The hash as a text, which is what is sorted by.
fn code(text: &str) -> String {
    crc32(text.as_bytes()).to_string()
}

/// The hash of a `principals` block.
pub(super) fn of_principals(identifiers: &[String], kind: &str) -> String {
    let mut identifiers: Vec<(String, &String)> =
        identifiers.iter().map(|i| (code(&format!("{i};")), i)).collect();
    identifiers.sort();
    let mut text = String::from("identifiers:{");
    for (_, identifier) in identifiers {
        text.push_str(identifier);
        text.push(';');
    }
    text.push_str(&format!("}};type:{kind};"));
    code(&text)
}

/// The hash of a `condition` block.
pub(super) fn of_condition(test: &str, values: &[String], variable: &str) -> String {
    let mut text = format!("test:{test};values:(");
    for value in values {
        text.push_str(value);
        text.push(';');
    }
    text.push_str(&format!(");variable:{variable};"));
    code(&text)
}

/// Blocks sorted by their hashes.
pub(super) fn in_order<M>(blocks: &Blocks<M>, code: impl Fn(&M) -> String) -> Vec<&M> {
    let mut sorted: Vec<(String, &M)> = blocks.iter().map(|b| (code(b), b)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted.into_iter().map(|(_, block)| block).collect()
}
