//! Puts Datadog tracing into containers by rewriting the files that start them.
//!
//! This is the map of the house: a room uses only rooms that stand below it. `tests/all/map.rs` holds the
//! list against the imports. Only `run`, `discover`, `folders`, `config`, `tree`, `ignored` and `write` touch the disk.
//!
//! | room | what happens there |
//! |---|---|
//! | [`run`] | the pipeline over all files, in parallel; the exit code |
//! | [`explain`], [`inspect`] | the rules, told; what was read, for BuildKit's parser to judge |
//! | [`folders`], [`config`] | which `entrypatch.toml` and flags hold for a file |
//! | [`cli`] | what the user types |
//! | [`discover`] | which files are looked at |
//! | [`write`], [`patch`] | the atomic write; the patch |
//! | [`report`] | output: one file a format |
//! | [`analyse`] | one document through all that stands below, to a verdict |
//! | [`select`] | which findings count |
//! | [`rules`] | one file a rule: findings with wishes, never edits |
//! | [`verify`] | the result, read again, must be what was intended |
//! | [`plan`] | wishes to one set of changes of files |
//! | [`finding`] | what a rule says: places, and the wishes by which it would be mended |
//! | [`deploy`] | what runs beside a container, and what it is told: task definitions of ECS, compose, Kubernetes |
//! | [`structured`] | documents of keys and values (JSON, YAML, Terraform) to one tree with places; wishes about it to edits |
//! | [`launch`] | the argv of the container; the grammar of `java` |
//! | [`jar`] | whether the agent's jar is in the image and can be read there; the line that brings it |
//! | [`runtimes`] | which JVM a launch runs: the image's, or one that the file puts there |
//! | [`node`] | a Node command to the file that is evaluated first, its imports in order, and the edit that puts the tracer there |
//! | [`settings`] | what is inserted: each setting declared once |
//! | [`datadog`] | the names of Datadog's settings |
//! | [`surroundings`], [`service`], [`dockerignore`] | the files around a Dockerfile: build context, service name |
//! | [`deployed`] | what the deployment of an image means for it |
//! | [`facts`] | what each stage inherits and settles |
//! | [`images`] | what a base image's name says |
//! | [`effects`] | what a RUN does to the files of an image, command by command |
//! | [`wrappers`] | programs that become the command behind them: their grammar, and whom it runs as |
//! | [`shell`] | shell text to commands and words |
//! | [`dockerfile`] | text to instructions and stages, as BuildKit reads them |
//! | [`input`] | what a file is read as |
//! | [`tree`] | files, on the disk or not, each read once |
//! | `ignored` | what git ignores |
//! | [`change`], [`edit`] | what becomes of files; insertions and replacements in a text |
//! | [`cooked`], [`source`] | decoded text with a map back to the file; a text and its lines |
//! | [`image_path`], `memo` | paths in an image; what was worked out once and is asked again |
//!
//! | to add or change | go to |
//! |---|---|
//! | a rule | a file in `rules/`, and its line in `rules!` |
//! | a wrapper, and whom it runs as | a row in `wrappers/table.rs` |
//! | a base image | a row in `images/table.rs` (servers: `images/servers.rs`) |
//! | an output format | a file in `report/`, and its arm of `Format` |
//! | a setting | a field in `settings/mod.rs`; of the Java tracer, a row in `settings/java.rs` |
//! | a rule about what loads first in Node | `node/flags.rs`, `node/order.rs` |
//! | an image beside the service | a row in `deploy/images.rs` |
//! | what is put beside a service | `deploy/added.rs`, and its way back in `deploy/taken_out.rs` |
//! | a kind of document | `input.rs`, and its arm in `analyse/document.rs` |
//! | a platform that runs containers | `deploy/mod.rs`, and a file beside `deploy/compose.rs` |
//! | a language of documents | a file in `structured/`, its manner in `structured/layout/` |
//! | what carries a word (an array, shell text) | `launch::Carrier`, and its arm in `plan/mod.rs` |
//! | the test of a law | `tests/all/laws.rs`, with a truth of its own `tests/all/truth.rs` |
//! | a message | the rule's file; of a whole run, `report/text.rs` |
//!
//! **Invariants.** Parsing, rules and planning do no input or output. Only `dockerfile::syntax`
//! names the `parse-dockerfile` crate, only `shell` names `brush-parser`, only
//! `node::imports` the `oxc` crates, only `structured::json` and `node` the `jsonc-parser` crate, only `structured::hcl` the `hcl-edit` crate, only `structured::yaml` the `granit-parser` crate. Only
//! `plan`, `node::edit` and `structured::layout` make edits. Nothing is written that `verify`
//! has not proved.

pub mod analyse;
pub mod change;
pub mod cli;
pub mod config;
pub mod cooked;
pub mod datadog;
pub mod deploy;
pub mod deployed;
pub mod discover;
pub mod dockerfile;
pub mod dockerignore;
pub mod edit;
pub mod effects;
pub mod explain;
pub mod facts;
pub mod finding;
pub mod folders;
mod ignored;
pub mod image_path;
pub mod images;
pub mod input;
pub mod inspect;
pub mod jar;
pub mod launch;
pub(crate) mod memo;
pub mod node;
pub mod patch;
pub mod plan;
pub mod report;
pub mod rules;
pub mod run;
pub mod runtimes;
pub mod select;
pub mod service;
pub mod settings;
pub mod shell;
pub mod source;
pub mod structured;
pub mod surroundings;
pub mod tree;
pub mod verify;
pub mod wrappers;
pub mod write;
