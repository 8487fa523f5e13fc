//! The walk through a file's syntax tree.

use std::collections::BTreeMap;

use oxc_ast::ast::{
    Argument, ArrowFunctionExpression, BindingPattern, CallExpression, CatchClause,
    ConditionalExpression, Expression, Function, IfStatement, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, LogicalExpression, ModuleDeclaration, Program,
    SwitchStatement, TSImportEqualsDeclaration, TSModuleReference, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_semantic::{Scoping, SymbolId};
use oxc_span::GetSpan as _;
use oxc_syntax::scope::ScopeFlags;

use super::{Binding, Step, StepKind, When};

/// The steps of a file, and whether it has `import` or `export` declarations.
pub(super) fn steps(program: &Program<'_>, scoping: &Scoping, text: &str) -> (Vec<Step>, bool) {
    let mut walk = Walk {
        scoping,
        text,
        steps: Vec::new(),
        sources: BTreeMap::new(),
        functions: 0,
        conditions: 0,
        has_module_syntax: false,
    };
    walk.visit_program(program);
    walk.steps.sort_by_key(|step| step.span.start);
    (walk.steps, walk.has_module_syntax)
}

struct Walk<'a> {
    scoping: &'a Scoping,
    text: &'a str,
    steps: Vec<Step>,
    /// Where a name comes from.
    sources: BTreeMap<SymbolId, String>,
    /// How many functions and conditions we are in.
    functions: usize,
    conditions: usize,
    has_module_syntax: bool,
}

impl Walk<'_> {
    fn step(&mut self, span: oxc_span::Span, specifier: &str, kind: StepKind) {
        let when = match (self.functions, self.conditions) {
            (0, 0) => When::Always,
            (0, _) => When::Conditional,
            _ => When::InFunction,
        };
        let span = span.start as usize..span.end as usize;
        self.steps.push(Step { span, specifier: specifier.to_owned(), kind, when });
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
        match expression.get_inner_expression() {
            Expression::CallExpression(call) => {
                required(call).or_else(|| self.source(&call.callee))
            }
            Expression::AwaitExpression(awaited) => self.source(&awaited.argument),
            Expression::ImportExpression(import) => literal(&import.source),
            Expression::StaticMemberExpression(member) => self.source(&member.object),
            Expression::NewExpression(new) => self.source(&new.callee),
            Expression::Identifier(name) => {
                let reference = self.scoping.get_reference(name.reference_id.get()?);
                self.sources.get(&reference.symbol_id()?).cloned()
            }
            _ => None,
        }
    }
}

/// The specifier of `require("x")`.
fn required(call: &CallExpression<'_>) -> Option<String> {
    let Expression::Identifier(name) = &call.callee else { return None };
    match call.arguments.first() {
        Some(Argument::StringLiteral(text)) if name.name == "require" => {
            Some(text.value.as_str().to_owned())
        }
        _ => None,
    }
}

fn literal(expression: &Expression<'_>) -> Option<String> {
    match expression {
        Expression::StringLiteral(text) => Some(text.value.as_str().to_owned()),
        _ => None,
    }
}

impl<'a> Visit<'a> for Walk<'_> {
    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        self.has_module_syntax = true;
        let source = import.source.value.as_str();
        let mut binding = match &import.specifiers {
            None => Binding::Nothing,
            Some(_) if import.import_kind.is_type() => Binding::TypeOnly,
            Some(_) => Binding::Unused,
        };
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
            if binding == Binding::Unused && !is_type && self.is_used(symbol) {
                binding = Binding::Used;
            }
        }
        self.step(import.span, source, StepKind::Import(binding));
    }

    fn visit_module_declaration(&mut self, declaration: &ModuleDeclaration<'a>) {
        self.has_module_syntax = true;
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
        self.has_module_syntax = true;
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
        walk::walk_variable_declarator(self, declarator);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        match call.callee.get_inner_expression() {
            // A function that is called where it stands.
            Expression::FunctionExpression(function) if self.functions == 0 => {
                function.body.iter().for_each(|body| self.visit_function_body(body));
            }
            Expression::ArrowFunctionExpression(function) if self.functions == 0 => {
                self.visit_arrow_function_body(&function.body);
            }
            callee => self.visit_expression(callee),
        }
        if let Some(source) = required(call) {
            self.step(call.span, &source, StepKind::Require);
        } else if let Some(source) = self.source(&call.callee) {
            let name = &call.callee.get_inner_expression();
            let is_init = matches!(name, Expression::StaticMemberExpression(member)
                if member.property.name == "init");
            let kind = if is_init { StepKind::Initialize } else { StepKind::Call };
            self.step(call.span, &source, kind);
        }
        self.visit_arguments(&call.arguments);
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        if let Some(source) = literal(&import.source) {
            self.step(import.span, &source, StepKind::Dynamic);
        }
        walk::walk_import_expression(self, import);
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
        // `if (require.main === module)` holds for the entry.
        let test = statement.test.span();
        let test = self.text.get(test.start as usize..test.end as usize).unwrap_or_default();
        if test.contains("require.main") {
            return walk::walk_if_statement(self, statement);
        }
        self.visit_expression(&statement.test);
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
