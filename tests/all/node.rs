//! Laws 1 to 3 for the sources of Node applications: only the edit changes, the tracer comes first,
//! twice is once, and `remove` gives the original bytes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::cases;
use entrypatch::analyse::{Analysis, Verdict, analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::node::imports;
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use entrypatch::tree::Tree;
use proptest::prelude::*;

/// Files in memory.
#[derive(Debug, Clone, Default)]
struct Files(BTreeMap<PathBuf, String>);

impl Tree for Files {
    fn read(&self, path: &Path) -> Option<String> {
        self.0.get(path).cloned()
    }
}

fn application(name: &str, text: &str) -> Files {
    let package = "{ \"dependencies\": { \"dd-trace\": \"5\", \"express\": \"4\" } }";
    let files = [("/app/package.json", package), (name, text)];
    Files(files.into_iter().map(|(path, text)| (PathBuf::from(path), text.to_owned())).collect())
}

/// What is done with a document: [`analyse`] or [`remove`].
type Task = fn(DocumentKind, &Arc<Source>, &Settings, &Surroundings<'_>) -> Analysis;

fn run(files: &Files, name: &str, task: Task) -> Analysis {
    let settings = Settings::default();
    let surroundings = Surroundings::new(files, Path::new("/app/Dockerfile"), Path::new("/app"));
    let source = Arc::new(Source::new(name, files.0[Path::new(name)].as_str()));
    task(DocumentKind::Entry, &source, &settings, &surroundings)
}

/// The files after an analysis.
fn written(files: &Files, analysis: &Analysis) -> Files {
    let mut files = files.clone();
    for change in analysis.changes.iter() {
        match &change.after {
            Some(after) => files.0.insert(change.path.clone(), after.clone()),
            None => files.0.remove(&change.path),
        };
    }
    files
}

fn piece() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "'use strict'",
        "\"use strict\"; ",
        "// a comment",
        "/* SPDX-License-Identifier: MIT */",
        "",
        "// eslint-disable-next-line",
        "/** @file */",
        "// @ts-check",
        "   ",
        "/* a */ /* b */",
        "const a = 1;",
        "let b = `import \"./c\"`",
        "function f() {}",
        "// é\u{2028}",
    ])
    .prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_tracer_comes_first_and_goes_again(
        mark in prop::sample::select(vec!["", "\u{feff}"]),
        hashbang in prop::sample::select(vec!["", "#!/usr/bin/env node"]),
        head in prop::collection::vec((piece(), prop::sample::select(vec!["\n", "\r\n"])), 0..5),
        load in prop::sample::select(vec![
            ("/app/server.js", "const express = require('express')"),
            ("/app/server.js", "var express = require(\"express\"), koa = require(\"koa\");"),
            ("/app/server.ts", "import express from \"express\";"),
            ("/app/server.ts", "import * as express from 'express'"),
            ("/app/server.cjs", "require(\"express\")();"),
        ]),
        end in prop::sample::select(vec!["", "\n", "\r\n", "\nexpress().listen(1)\n"]),
    ) {
        let (name, load) = load;
        let eol = head.first().map_or("\n", |(_, eol)| eol);
        let hashbang = if hashbang.is_empty() { String::new() } else { format!("{hashbang}{eol}") };
        let head: String = head.iter().map(|(text, eol)| format!("{text}{eol}")).collect();
        let text = format!("{mark}{hashbang}{head}{load}{end}");
        let files = application(name, &text);
        prop_assume!(imports::read(name, &text).is_ok_and(|module| !module.is_faulty));
        let analysis = run(&files, name, analyse);
        prop_assert_eq!(analysis.launches[0].verdict, Verdict::Patchable, "{:?}", analysis.findings);
        let after = analysis.after().unwrap();
        // Only an insertion: the old text is the new one without a part.
        let same = text.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let rest = text.len() - same;
        prop_assert!(after.len() > text.len() && after.as_bytes().ends_with(&text.as_bytes()[text.len() - rest..]));
        let module = imports::read(name, after).unwrap();
        prop_assert!(module.steps[0].specifier.starts_with("./tracer"), "{after}");
        let fixed = written(&files, &analysis);
        let again = run(&fixed, name, analyse);
        prop_assert_eq!(again.launches[0].verdict, Verdict::Instrumented, "{:?}", again.findings);
        prop_assert!(again.changes.is_empty(), "twice is once");
        let removed = run(&fixed, name, remove);
        prop_assert_eq!(written(&fixed, &removed).0, files.0, "remove");
    }

    #[test]
    fn no_text_breaks_the_reader(pieces in prop::collection::vec(prop::sample::select(vec![
        "import ", "from ", "\"./a\"", "'express'", ";", "\n", "require(", ")", "{", "}", "export ", "*", "default ",
        "tracer", "=", ".init()", "if (", "`", "${", "/*", "*/", "//", "#!", "\u{feff}", "<p>", "</p>", "@x ", "class A ",
        "async ", "await ", "=>", "type ", "dd-trace", "\"dd-trace\"", "\\", "\r", "é", "(", "[", "]", "?.", "function ",
    ]), 0..40)) {
        let text = pieces.concat();
        for name in ["/app/server.js", "/app/server.ts", "/app/server.tsx"] {
            let files = application(name, &text);
            let analysis = run(&files, name, analyse);
            let fixed = written(&files, &analysis);
            let again = run(&fixed, name, analyse);
            prop_assert!(again.changes.is_empty(), "twice is once: {text}");
        }
    }
}
