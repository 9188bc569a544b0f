//! Strips the program of a release: cargo leaves the symbols of a package whose optimization differs
//! from the profile's, whatever the profile says of them.

#[expect(clippy::print_stdout, reason = "this is how a build script speaks")]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rustc-link-arg-bins=-s");
    }
}
