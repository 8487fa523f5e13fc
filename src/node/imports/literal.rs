//! What a configuration file exports, where it is written out.

use oxc_ast::ast::{
    AssignmentTarget, ExportDefaultDeclarationKind, Expression, ObjectPropertyKind, PropertyKey,
    Statement,
};
use serde_json::Value;

/// What stands in an object for a part that is not written out: `...others`, `[name]: value`.
pub const COMPUTED: &str = "...";

/// The value of `module.exports = …` or `export default …`; what is not written out is null, and an object with
/// such a part has the field [`COMPUTED`].
///
/// # Errors
/// The file cannot be parsed, or exports nothing that is written out.
pub fn exported(name: &str, text: &str) -> Result<Value, String> {
    super::with_program(name, text, |program, _| {
        let found = program.body.iter().rev().find_map(of_statement);
        found.map(|expression| value(expression))
    })?
    .ok_or_else(|| "it exports nothing that is written out".to_owned())
}

fn of_statement<'p, 'a>(statement: &'p Statement<'a>) -> Option<&'p Expression<'a>> {
    match statement {
        Statement::ExpressionStatement(statement) => match &statement.expression {
            Expression::AssignmentExpression(assignment) => match &assignment.left {
                AssignmentTarget::StaticMemberExpression(member)
                    if member.property.name == "exports" =>
                {
                    Some(&assignment.right)
                }
                _ => None,
            },
            _ => None,
        },
        Statement::ExportDefaultDeclaration(export) => match &export.declaration {
            ExportDefaultDeclarationKind::ObjectExpression(_) => export.declaration.as_expression(),
            _ => None,
        },
        _ => None,
    }
}

fn value(expression: &Expression<'_>) -> Value {
    match expression.get_inner_expression() {
        Expression::StringLiteral(text) => Value::from(text.value.as_str()),
        Expression::NumericLiteral(number) => Value::from(number.value),
        Expression::BooleanLiteral(flag) => Value::from(flag.value),
        Expression::TemplateLiteral(text) => match text.single_quasi() {
            Some(text) => Value::from(text.as_str()),
            None => Value::Null,
        },
        Expression::ArrayExpression(array) => {
            let elements = array.elements.iter().map(|element| match element.as_expression() {
                Some(element) => value(element),
                None => Value::Null,
            });
            Value::Array(elements.collect())
        }
        Expression::ObjectExpression(object) => {
            let properties = object.properties.iter().map(|property| match property {
                ObjectPropertyKind::ObjectProperty(property) => {
                    let name = match &property.key {
                        PropertyKey::StaticIdentifier(name) => name.name.as_str().to_owned(),
                        PropertyKey::StringLiteral(text) => text.value.as_str().to_owned(),
                        _ => COMPUTED.to_owned(),
                    };
                    (name, value(&property.value))
                }
                ObjectPropertyKind::SpreadProperty(_) => (COMPUTED.to_owned(), Value::Null),
            });
            Value::Object(properties.collect())
        }
        _ => Value::Null,
    }
}
