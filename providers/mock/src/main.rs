//! A provider for tests.
fn main() {}
