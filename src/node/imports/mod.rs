//! What a JavaScript or TypeScript file loads, in the order in which it is evaluated. The only room
//! that names the `oxc` crates.

mod literal;
mod room;
mod style;
mod visit;

use oxc_allocator::Allocator;
use oxc_ast::ast::{Program, Statement};
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::{GetSpan as _, SourceType};

use crate::source::Span;

pub use literal::{COMPUTED, exported};
pub use style::Style;

/// A file, as far as loading goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Module {
    /// What it loads and calls, in source order.
    pub steps: Vec<Step>,
    /// It has `import` or `export` declarations.
    pub has_module_syntax: bool,
    /// Where a first statement can be put: behind hashbang, directives and the header's comments,
    /// in front of what belongs to the first statement.
    pub head: usize,
    /// How its statements are written.
    pub style: Style,
    /// The parser got over a mistake, or there is no statement: nothing must be edited.
    pub is_faulty: bool,
    /// The statements at its top, directives left out.
    pub statements: Vec<Span>,
    /// A class of it is decorated: its types may be needed as values (`emitDecoratorMetadata`).
    pub has_decorators: bool,
}

/// One thing that a file does when it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The statement or call.
    pub span: Span,
    /// What is loaded, or where that which is called comes from.
    pub specifier: String,
    /// What is done.
    pub kind: StepKind,
    /// Whether it is always done.
    pub when: When,
    /// Where in the file it is done: where it stands, or where the function is called that it stands in.
    pub at: usize,
    /// An `await` at the top of the file stands before it: files beside this one do not wait.
    pub is_awaited: bool,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// `import … from "x"`.
    Import(Binding),
    /// `export … from "x"`.
    Export,
    /// `require("x")`, `import x = require("x")`.
    Require,
    /// `import("x")`.
    Dynamic,
    /// `….init()` of what comes from the specifier.
    Initialize,
    /// A call of a function that comes from the specifier.
    Call,
    /// `register("x", …)`: a hook into native modules.
    /// <https://nodejs.org/api/module.html#moduleregisterspecifier-parenturl-options>
    Register,
}

/// What an import binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Nothing: `import "x"` is always evaluated.
    Nothing,
    /// Names that are used as values.
    Used,
    /// Names that no value needs: TypeScript leaves the import out unless `verbatimModuleSyntax` is on.
    /// <https://www.typescriptlang.org/docs/handbook/modules/reference.html#type-only-imports-and-exports>
    Unused,
    /// Names that only types need: left out like unused ones, and needed all the same.
    AsType,
    /// `import type`: never evaluated.
    TypeOnly,
}

/// Whether a step is always done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When the file is evaluated.
    Always,
    /// When what is evaluated without waiting has come to its end: `import("x")` that nobody waits for,
    /// what stands behind an `await` in a function that is called at once.
    Later,
    /// In `if (require.main === module)`: in the entry always, else never.
    InEntry,
    /// Under a condition.
    Conditional,
    /// In a function, whenever that is called.
    InFunction,
}

/// The languages, by the ending of a file's name.
fn source_type(name: &str) -> Option<SourceType> {
    let extension = name.rsplit('.').next()?;
    Some(match extension {
        "ts" | "mts" | "cts" => SourceType::ts(),
        "tsx" => SourceType::tsx(),
        // JSX and `return` at the top occur in files that end in .js.
        "js" | "jsx" | "mjs" | "cjs" => SourceType::unambiguous().with_jsx(true),
        // `bin/www`: Node takes a file without an ending for a script.
        _ if !name.contains('.') => SourceType::unambiguous().with_jsx(true),
        _ => return None,
    })
}

/// Reads a file; `name` tells its language.
///
/// # Errors
/// Why it cannot be read: the first syntax error, with its line.
pub fn read(name: &str, text: &str) -> Result<Module, String> {
    with_program(name, text, |program, is_faulty| {
        let semantic = SemanticBuilder::new().build(program).semantic;
        let visit::Found { steps, has_module_syntax, has_decorators } =
            visit::found(program, semantic.scoping(), text);
        let span = |statement: &Statement<'_>| {
            let span = statement.span();
            span.start as usize..span.end as usize
        };
        let statements = program.body.iter().map(span).collect();
        let head = style::head(program, text);
        let style = style::of(program, text);
        Module { steps, has_module_syntax, head, style, is_faulty, statements, has_decorators }
    })
}

fn with_program<T: Send>(
    name: &str,
    text: &str,
    read: impl FnOnce(&Program<'_>, bool) -> T + Send,
) -> Result<T, String> {
    let kind = source_type(name).ok_or_else(|| format!("{name} is no JavaScript or TypeScript"))?;
    room::with_room(text, || parse(text, kind, read))
}

fn parse<T>(
    text: &str,
    kind: SourceType,
    read: impl FnOnce(&Program<'_>, bool) -> T,
) -> Result<T, String> {
    let allocator = Allocator::default();
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, kind).with_options(options).parse();
    if parsed.is_flow_language {
        return Err("it is written in Flow".to_owned());
    }
    if parsed.panicked {
        let message = parsed.diagnostics.first().map(ToString::to_string).unwrap_or_default();
        return Err(format!("it cannot be parsed ({message})"));
    }
    let is_faulty = !parsed.diagnostics.is_empty() || parsed.program.body.is_empty();
    Ok(read(&parsed.program, is_faulty))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_typescript_leaves_out_is_told_apart() {
        for (text, expected) in [
            ("import './a'", Binding::Nothing),
            ("import a from './a'", Binding::Unused),
            ("import {} from './a'", Binding::Unused),
            ("import a from './a'; a()", Binding::Used),
            ("import a from './a'; export default a", Binding::Used),
            ("import a from './a'; type A = typeof a", Binding::AsType),
            ("import { A } from './a'; let x: A", Binding::AsType),
            ("import { type A } from './a'; let x: A", Binding::AsType),
            ("import { type A } from './a'", Binding::Unused),
            ("import type { A } from './a'", Binding::TypeOnly),
            ("import a from './a'; function f(a: any) { return a }", Binding::Unused),
        ] {
            let module = read("x.ts", text).unwrap();
            assert_eq!(module.steps[0].kind, StepKind::Import(expected), "{text}");
        }
    }

    #[test]
    fn conditions_and_functions_are_told_apart() {
        for (text, kind, when) in [
            ("require('x')", StepKind::Require, When::Always),
            ("const { a } = require('x')", StepKind::Require, When::Always),
            ("(function () { require('x') })()", StepKind::Require, When::Always),
            ("if (a) require('x')", StepKind::Require, When::Conditional),
            ("a && require('x')", StepKind::Require, When::Conditional),
            ("try { require('x') } catch {}", StepKind::Require, When::Always),
            ("try {} catch { require('x') }", StepKind::Require, When::Conditional),
            ("function f() { require('x') }", StepKind::Require, When::InFunction),
            ("const f = () => import('x')", StepKind::Dynamic, When::InFunction),
            ("import('x')", StepKind::Dynamic, When::Later),
            ("await import('x')", StepKind::Dynamic, When::Always),
            ("(function () { require('x') }).call(this)", StepKind::Require, When::Always),
            ("(async () => { require('x') })()", StepKind::Require, When::Always),
            ("(async () => { await a; require('x') })()", StepKind::Require, When::Later),
            ("if (require.main === module) require('x')", StepKind::Require, When::InEntry),
            ("if (require.main !== module) require('x')", StepKind::Require, When::Conditional),
            ("require(`x`)", StepKind::Require, When::Always),
            ("const r = createRequire(f); r('x')", StepKind::Require, When::Always),
            ("module.register('x', f)", StepKind::Register, When::Always),
            ("export * from 'x'", StepKind::Export, When::Always),
        ] {
            let module = read("x.js", text).unwrap();
            let step = &module.steps[0];
            assert_eq!(
                (step.kind, step.when, step.specifier.as_str()),
                (kind, when, "x"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_head_is_behind_what_speaks_of_the_file() {
        for (text, head) in [
            ("|import 'a'", "plain"),
            ("#!/usr/bin/env node\n|import 'a'", "hashbang"),
            ("'use strict'\n|a()", "directive"),
            ("'use strict'; |a()", "directive on the line"),
            ("// SPDX-License-Identifier: MIT\n// 2026\n|import 'a'", "licence"),
            ("/* head */\n\n|import 'a'", "comment of the file"),
            ("|// of the import\nimport 'a'", "comment of the statement"),
            ("// head\n\n|/** of it */\nimport 'a'", "both"),
            ("|// eslint-disable-next-line x\nimport 'a'", "of the next line"),
            ("/* eslint-disable */\n|import 'a'", "of the file"),
        ] {
            let plain = text.replace('|', "");
            assert_eq!(read("x.js", &plain).unwrap().head, text.find('|').unwrap(), "{head}");
        }
    }
}
