//! The walk through a file's syntax tree.

use std::collections::{BTreeMap, BTreeSet};

use oxc_ast::ast::{
    Argument, ArrowFunctionExpression, AssignmentExpression, AssignmentTarget, AwaitExpression,
    BindingPattern, CallExpression, CatchClause, ConditionalExpression, Decorator, Expression,
    Function, FunctionBody, IfStatement, ImportDeclaration, ImportDeclarationSpecifier,
    ImportExpression, LogicalExpression, ModuleDeclaration, Program, Statement, SwitchStatement,
    TSImportEqualsDeclaration, TSModuleReference, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::GetSpan as _;
use oxc_syntax::scope::ScopeFlags;

use super::{Binding, Step, StepKind, When};
use crate::source::Span;

/// How far a chain (`a.b().c()`) is followed to its beginning: each of its calls looks for it.
const LONGEST_CHAIN: usize = 100;

/// What the walk finds.
pub(super) struct Found {
    pub(super) steps: Vec<Step>,
    /// There are `import` or `export` declarations.
    pub(super) has_module_syntax: bool,
    /// A class is decorated.
    pub(super) has_decorators: bool,
}

/// The steps of a file, in its order.
pub(super) fn found(program: &Program<'_>, scoping: &Scoping, text: &str) -> Found {
    let mut walk = Walk {
        bodies: bodies(program),
        entered: BTreeMap::new(),
        called_at: None,
        scoping,
        text,
        sources: BTreeMap::new(),
        members: BTreeMap::new(),
        requirers: BTreeSet::new(),
        functions: 0,
        conditions: 0,
        in_called: false,
        is_later: false,
        is_awaited: false,
        in_entry: false,
        found: Found { steps: Vec::new(), has_module_syntax: false, has_decorators: false },
    };
    walk.visit_program(program);
    let Walk { mut found, entered, .. } = walk;
    // What a function does that was called is done there.
    let is_entered = |step: &Step| {
        entered.values().any(|body| body.start <= step.span.start && step.span.end <= body.end)
    };
    found.steps.retain(|step| step.when != When::InFunction || !is_entered(step));
    found.steps.sort_by_key(|step| step.at);
    found
}

/// The functions of a file that stand at its top, by their names.
fn bodies<'w, 'a>(program: &'w Program<'a>) -> BTreeMap<SymbolId, &'w FunctionBody<'a>> {
    let mut bodies = BTreeMap::new();
    for statement in &program.body {
        match statement {
            Statement::FunctionDeclaration(function) => {
                let symbol = function.id.as_ref().and_then(|name| name.symbol_id.get());
                bodies.extend(symbol.zip(function.body.as_deref()));
            }
            Statement::VariableDeclaration(declaration) => {
                for one in &declaration.declarations {
                    let BindingPattern::BindingIdentifier(name) = &one.id else { continue };
                    let body = match one.init.as_ref().map(Expression::get_inner_expression) {
                        Some(Expression::ArrowFunctionExpression(arrow)) => {
                            arrow.body.as_function_body()
                        }
                        Some(Expression::FunctionExpression(function)) => function.body.as_deref(),
                        _ => None,
                    };
                    bodies.extend(name.symbol_id.get().zip(body));
                }
            }
            _ => {}
        }
    }
    bodies
}

struct Walk<'w, 'a> {
    scoping: &'w Scoping,
    text: &'w str,
    /// The functions at the top of the file.
    bodies: BTreeMap<SymbolId, &'w FunctionBody<'a>>,
    /// Those of them that were called, and where they stand.
    entered: BTreeMap<SymbolId, Span>,
    /// Where the function is called whose body is looked through.
    called_at: Option<usize>,
    /// Where a name comes from.
    sources: BTreeMap<SymbolId, String>,
    /// Where a property comes from, by its text: `exports.tracer`.
    members: BTreeMap<String, String>,
    /// Names that `createRequire` made.
    requirers: BTreeSet<SymbolId>,
    /// How many functions and conditions we are in.
    functions: usize,
    conditions: usize,
    /// In a function that is called where it stands.
    in_called: bool,
    /// What comes now is done without anybody waiting for it.
    is_later: bool,
    /// An `await` at the top of the file was met.
    is_awaited: bool,
    /// In `if (require.main === module)`.
    in_entry: bool,
    found: Found,
}

impl Walk<'_, '_> {
    fn step(&mut self, span: oxc_span::Span, specifier: &str, kind: StepKind) {
        let when = match (self.functions, self.conditions) {
            (0, 0) if self.is_later => When::Later,
            (0, 0) if self.in_entry => When::InEntry,
            (0, 0) => When::Always,
            (0, _) => When::Conditional,
            _ => When::InFunction,
        };
        let span = span.start as usize..span.end as usize;
        let specifier = specifier.to_owned();
        let is_awaited = self.is_awaited && when == When::Always;
        let at = self.called_at.unwrap_or(span.start);
        self.found.steps.push(Step { span, specifier, kind, when, is_awaited, at });
    }

    /// The body of a function that is called where it stands.
    fn in_called(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = (self.in_called, self.is_later);
        self.in_called = true;
        visit(self);
        (self.in_called, self.is_later) = before;
    }

    fn symbol(&self, expression: &Expression<'_>) -> Option<SymbolId> {
        let Expression::Identifier(name) = expression.get_inner_expression() else { return None };
        self.scoping.get_reference(name.reference_id.get()?).symbol_id()
    }

    fn text(&self, span: oxc_span::Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The specifier of `require("x")`.
    fn required(&self, call: &CallExpression<'_>) -> Option<String> {
        let is_require = matches!(&call.callee, Expression::Identifier(name) if name.name == "require")
            || self.symbol(&call.callee).is_some_and(|symbol| self.requirers.contains(&symbol));
        is_require.then(|| literal(call.arguments.first()?.as_expression()?)).flatten()
    }

    /// `import("x")`; nobody waits for it where `is_later`.
    fn dynamic(&mut self, import: &ImportExpression<'_>, is_later: bool) {
        if let Some(source) = literal(&import.source) {
            let before = std::mem::replace(&mut self.is_later, is_later);
            self.step(import.span, &source, StepKind::Dynamic);
            self.is_later = before;
        }
    }

    /// `setup(require("dd-trace"))`: whoever gets the tracer may initialize it.
    fn passed_on(&mut self, call: &CallExpression<'_>) {
        let arguments = call.arguments.iter().filter_map(Argument::as_expression);
        let sources: Vec<String> = arguments.filter_map(|one| self.source(one)).collect();
        let at_top = |source: &&String| *source == "dd-trace" && self.functions == 0;
        let sources: Vec<&String> = sources.iter().filter(at_top).collect();
        for source in sources {
            self.in_condition(|walk| walk.step(call.span, source, StepKind::Initialize));
        }
    }

    fn in_condition(&mut self, visit: impl FnOnce(&mut Self)) {
        self.conditions += 1;
        visit(self);
        self.conditions -= 1;
    }

    /// Whether a value needs a name.
    fn is_used(&self, symbol: Option<SymbolId>) -> bool {
        symbol.is_some_and(|symbol| {
            self.scoping.get_resolved_references(symbol).any(|reference| reference.is_value())
        })
    }

    fn bind(&mut self, symbol: Option<SymbolId>, source: &str) {
        if let Some(symbol) = symbol {
            self.sources.insert(symbol, source.to_owned());
        }
    }

    fn bind_pattern(&mut self, pattern: &BindingPattern<'_>, source: &str) {
        match pattern {
            BindingPattern::BindingIdentifier(name) => self.bind(name.symbol_id.get(), source),
            BindingPattern::ObjectPattern(object) => {
                for property in &object.properties {
                    self.bind_pattern(&property.value, source);
                }
            }
            BindingPattern::AssignmentPattern(pattern) => self.bind_pattern(&pattern.left, source),
            BindingPattern::ArrayPattern(_) => {}
        }
    }

    /// Where the value of an expression comes from: `require("x").default`, `tracer.init`.
    fn source(&self, expression: &Expression<'_>) -> Option<String> {
        self.source_within(expression, LONGEST_CHAIN)
    }

    fn source_within(&self, expression: &Expression<'_>, left: usize) -> Option<String> {
        let left = left.checked_sub(1)?;
        let source = |of: &Expression<'_>| self.source_within(of, left);
        match expression.get_inner_expression() {
            Expression::CallExpression(call) => {
                self.required(call).or_else(|| source(&call.callee))
            }
            Expression::AwaitExpression(awaited) => source(&awaited.argument),
            Expression::ImportExpression(import) => literal(&import.source),
            Expression::StaticMemberExpression(member) => {
                let known = self.members.get(self.text(member.span)).cloned();
                known.or_else(|| source(&member.object))
            }
            Expression::ComputedMemberExpression(member) => source(&member.object),
            Expression::NewExpression(new) => source(&new.callee),
            Expression::Identifier(_) => self.sources.get(&self.symbol(expression)?).cloned(),
            _ => None,
        }
    }
}

fn literal(expression: &Expression<'_>) -> Option<String> {
    match expression {
        Expression::StringLiteral(text) => Some(text.value.as_str().to_owned()),
        Expression::TemplateLiteral(text) => Some(text.single_quasi()?.as_str().to_owned()),
        _ => None,
    }
}

/// The name of a call: `init` of `tracer.init()` and of `tracer["init"]()`.
fn called_name(call: &CallExpression<'_>) -> Option<String> {
    match call.callee.get_inner_expression() {
        Expression::Identifier(name) => Some(name.name.as_str().to_owned()),
        Expression::StaticMemberExpression(member) => {
            Some(member.property.name.as_str().to_owned())
        }
        Expression::ComputedMemberExpression(member) => literal(&member.expression),
        _ => None,
    }
}

/// The function that a call runs where it stands: `(() => …)()`, `(function () …).call(this)`.
fn called_function<'e, 'a>(callee: &'e Expression<'a>) -> &'e Expression<'a> {
    match callee.get_inner_expression() {
        Expression::StaticMemberExpression(member)
            if matches!(member.property.name.as_str(), "call" | "apply") =>
        {
            member.object.get_inner_expression()
        }
        callee => callee,
    }
}

impl<'a> Walk<'_, 'a> {
    /// `start()`: what a function of the file does is done here, the first time.
    fn enter(&mut self, call: &CallExpression<'a>) {
        let symbol = self.symbol(&call.callee).filter(|one| !self.entered.contains_key(one));
        let Some((symbol, body)) = symbol.and_then(|one| Some((one, *self.bodies.get(&one)?)))
        else {
            return;
        };
        self.entered.insert(symbol, body.span.start as usize..body.span.end as usize);
        let before = self.called_at;
        self.called_at = before.or(Some(call.span.start as usize));
        self.in_called(|walk| walk.visit_function_body(body));
        self.called_at = before;
    }
}

impl<'a> Visit<'a> for Walk<'_, 'a> {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        self.found.has_module_syntax = true;
        let source = import.source.value.as_str();
        let mut binding = match &import.specifiers {
            None => Binding::Nothing,
            Some(_) if import.import_kind.is_type() => Binding::TypeOnly,
            Some(_) => Binding::Unused,
        };
        let mut is_referenced = false;
        for specifier in import.specifiers.iter().flatten() {
            let (local, is_type) = match specifier {
                ImportDeclarationSpecifier::ImportSpecifier(one) => {
                    (&one.local, one.import_kind.is_type())
                }
                ImportDeclarationSpecifier::ImportDefaultSpecifier(one) => (&one.local, false),
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(one) => (&one.local, false),
            };
            let symbol = local.symbol_id.get();
            self.bind(symbol, source);
            is_referenced |= symbol.is_some_and(|symbol| {
                self.scoping.get_resolved_references(symbol).next().is_some()
            });
            if binding == Binding::Unused && !is_type && self.is_used(symbol) {
                binding = Binding::Used;
            }
        }
        if binding == Binding::Unused && is_referenced {
            binding = Binding::AsType;
        }
        self.step(import.span, source, StepKind::Import(binding));
    }

    fn visit_module_declaration(&mut self, declaration: &ModuleDeclaration<'a>) {
        self.found.has_module_syntax = true;
        let from = match declaration {
            ModuleDeclaration::ExportAllDeclaration(export) if !export.export_kind.is_type() => {
                Some(&export.source)
            }
            ModuleDeclaration::ExportFromDeclaration(export) if !export.export_kind.is_type() => {
                Some(&export.source)
            }
            _ => None,
        };
        if let Some(source) = from {
            self.step(declaration.span(), source.value.as_str(), StepKind::Export);
        }
        walk::walk_module_declaration(self, declaration);
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'a>) {
        self.found.has_module_syntax = true;
        if let TSModuleReference::ExternalModuleReference(reference) = &import.module_reference {
            let source = reference.expression.value.as_str();
            let symbol = import.id.symbol_id.get();
            self.bind(symbol, source);
            if !import.import_kind.is_type() && self.is_used(symbol) {
                self.step(import.span, source, StepKind::Require);
            }
        }
    }

    fn visit_variable_declarator(&mut self, declarator: &VariableDeclarator<'a>) {
        if let Some(source) = declarator.init.as_ref().and_then(|init| self.source(init)) {
            self.bind_pattern(&declarator.id, &source);
        }
        let makes_require = |init: &Expression<'_>| {
            matches!(init.get_inner_expression(), Expression::CallExpression(call)
                if called_name(call).as_deref() == Some("createRequire"))
        };
        if let BindingPattern::BindingIdentifier(name) = &declarator.id
            && declarator.init.as_ref().is_some_and(makes_require)
        {
            self.requirers.extend(name.symbol_id.get());
        }
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let Some(source) = self.source(&assignment.right) {
            match &assignment.left {
                AssignmentTarget::AssignmentTargetIdentifier(name) => {
                    let reference = name.reference_id.get();
                    let symbol =
                        reference.and_then(|one| self.scoping.get_reference(one).symbol_id());
                    self.bind(symbol, &source);
                }
                AssignmentTarget::StaticMemberExpression(member) => {
                    let text = self.text(member.span).to_owned();
                    self.members.insert(text, source);
                }
                _ => {}
            }
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_decorator(&mut self, decorator: &Decorator<'a>) {
        self.found.has_decorators = true;
        walk::walk_decorator(self, decorator);
    }

    fn visit_await_expression(&mut self, awaited: &AwaitExpression<'a>) {
        if self.functions == 0 && !self.in_called {
            self.is_awaited = true;
        }
        match &awaited.argument {
            Expression::ImportExpression(import) => self.dynamic(import, self.is_later),
            argument => self.visit_expression(argument),
        }
        self.is_later |= self.functions == 0 && self.in_called;
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        match called_function(&call.callee) {
            Expression::FunctionExpression(function) if self.functions == 0 => {
                self.in_called(|walk| {
                    function.body.iter().for_each(|body| walk.visit_function_body(body));
                })
            }
            Expression::ArrowFunctionExpression(function) if self.functions == 0 => {
                self.in_called(|walk| walk.visit_arrow_function_body(&function.body));
            }
            _ => {
                self.visit_expression(call.callee.get_inner_expression());
                if self.functions == 0 {
                    self.enter(call);
                }
            }
        }
        let name = called_name(call);
        let first = || literal(call.arguments.first()?.as_expression()?);
        if let Some(source) = self.required(call) {
            self.step(call.span, &source, StepKind::Require);
        } else if let Some(source) = first().filter(|_| name.as_deref() == Some("register")) {
            self.step(call.span, &source, StepKind::Register);
        } else if let Some(source) = self.source(&call.callee) {
            let is_init = name.as_deref() == Some("init");
            let kind = if is_init { StepKind::Initialize } else { StepKind::Call };
            self.step(call.span, &source, kind);
        }
        self.passed_on(call);
        self.visit_arguments(&call.arguments);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.dynamic(import, true);
    }

    fn visit_function(&mut self, function: &Function<'a>, flags: ScopeFlags) {
        self.functions += 1;
        walk::walk_function(self, function, flags);
        self.functions -= 1;
    }

    fn visit_arrow_function_expression(&mut self, function: &ArrowFunctionExpression<'a>) {
        self.functions += 1;
        walk::walk_arrow_function_expression(self, function);
        self.functions -= 1;
    }

    fn visit_if_statement(&mut self, statement: &IfStatement<'a>) {
        self.visit_expression(&statement.test);
        let test: String = self.text(statement.test.span()).split_whitespace().collect();
        if ["require.main===module", "require.main==module", "module===require.main"]
            .contains(&test.as_str())
        {
            let before = std::mem::replace(&mut self.in_entry, true);
            self.visit_statement(&statement.consequent);
            self.in_entry = before;
            return;
        }
        self.in_condition(|walk| {
            walk.visit_statement(&statement.consequent);
            statement.alternate.iter().for_each(|other| walk.visit_statement(other));
        });
    }

    fn visit_conditional_expression(&mut self, expression: &ConditionalExpression<'a>) {
        self.in_condition(|walk| walk::walk_conditional_expression(walk, expression));
    }

    fn visit_logical_expression(&mut self, expression: &LogicalExpression<'a>) {
        self.visit_expression(&expression.left);
        self.in_condition(|walk| walk.visit_expression(&expression.right));
    }

    fn visit_switch_statement(&mut self, statement: &SwitchStatement<'a>) {
        self.in_condition(|walk| walk::walk_switch_statement(walk, statement));
    }

    fn visit_catch_clause(&mut self, clause: &CatchClause<'a>) {
        self.in_condition(|walk| walk::walk_catch_clause(walk, clause));
    }
}
