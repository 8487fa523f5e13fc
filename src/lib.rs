//! Puts Datadog tracing into containers by rewriting the files that start them.
//!
//! This is the map of the house. Data flows one way, from the top of this list to its bottom;
//! only `run`, `discover`, `folders`, `config`, `tree` and `write` touch the disk.
//!
//! | room | what happens there |
//! |---|---|
//! | [`cli`] | what the user types |
//! | [`run`] | the pipeline over all files, in parallel; the exit code |
//! | [`folders`], [`config`], [`settings`] | `entrypatch.toml` and flags to what is inserted; the table of settings |
//! | [`discover`], [`input`] | which files are looked at, and as what |
//! | [`tree`], [`surroundings`], [`dockerignore`], [`service`] | the files around a Dockerfile: build context, service name |
//! | [`source`], [`cooked`] | a text and its lines; decoded text with a map back to the file |
//! | `memo` | what was worked out once and is asked again |
//! | [`dockerfile`] | text to instructions and stages, as BuildKit reads them |
//! | [`shell`] | shell text to commands and words |
//! | [`wrappers`] | programs that become the command behind them: their grammar, and whom it runs as |
//! | [`image_path`], [`effects`] | paths in an image; what a RUN does to the files there, command by command |
//! | [`facts`] | what each stage inherits and settles |
//! | [`images`] | what a base image's name says: the JVM in it, its user, its ENTRYPOINT |
//! | [`runtimes`] | which JVM a launch runs: the image's, or one that the file puts there |
//! | [`launch`] | the argv of the container; the grammar of `java` |
//! | [`node`] | a Node command to the file that is evaluated first, its imports in order, and the edit that puts the tracer there |
//! | [`jar`] | whether the agent's jar is in the image and can be read there; the line that brings it |
//! | [`rules`] | one file a rule: findings with wishes, never edits |
//! | [`select`] | which findings count |
//! | [`plan`], [`edit`], [`change`] | wishes to one set of changes of files |
//! | [`verify`] | the result, read again, must be what was intended |
//! | [`analyse`] | one file through all of these, to a verdict |
//! | [`patch`], [`write`] | the patch; the atomic write |
//! | [`report`], [`explain`] | output |
//! | [`inspect`] | what was read, for BuildKit's parser to judge |
//!
//! **Invariants.** Parsing, rules and planning do no input or output. Only `dockerfile::syntax`
//! names the `parse-dockerfile` crate, only `shell` names `brush-parser`, only
//! `node::imports` the `oxc` crates. Only `plan` and `node::edit` make edits. Nothing is written that `verify`
//! has not proved.

pub mod analyse;
pub mod change;
pub mod cli;
pub mod config;
pub mod cooked;
pub mod datadog;
pub mod discover;
pub mod dockerfile;
pub mod dockerignore;
pub mod edit;
pub mod effects;
pub mod explain;
pub mod facts;
pub mod finding;
pub mod folders;
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
pub mod surroundings;
pub mod tree;
pub mod verify;
pub mod wrappers;
pub mod write;
