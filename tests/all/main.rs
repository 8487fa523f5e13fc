//! All tests of the tool from outside, in one program, so that only one is linked: `cargo test NAME`
//! runs those of a module, or one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may end in a panic"
)]
#![allow(clippy::disallowed_types, reason = "a test starts the command")]

mod cases;
mod command;
mod common;
mod faults;
mod forms;
mod images;
mod json;
mod laws;
mod links;
mod map;
mod nasty;
mod node;
mod readme;
mod rule_docs;
mod tasks;
mod terminal;
mod truth;
mod written;
mod yaml_manner;
