//! Groma.
fn main() {}
