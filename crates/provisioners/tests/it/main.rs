//! Provisioners against a real server: files and scripts over SSH.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod password;
mod server;
mod ssh;
