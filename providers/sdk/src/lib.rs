//! What a Rust provider is written with.
