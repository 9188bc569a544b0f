//! What expressions and bodies refer to.

use groma_addrs::{ProviderFunction, Reference, Referenceable};
use groma_diag::{Diagnostic, Diagnostics};
use groma_hcl::{Body, Call, Expression};
use groma_schema::{Block, function_calls, references};

/// All that an expression refers to, provider functions included, in the order of the source, and
/// what is wrong with those that are no references.
pub fn references_in_expr(expression: &Expression) -> (Vec<Reference>, Diagnostics) {
    let mut found = Vec::new();
    let mut diagnostics = Diagnostics::new();
    expression.for_each_variable(&mut |traversal| {
        found.extend(diagnostics.take(Reference::parse(traversal)));
    });
    for call in expression.functions() {
        found.extend(function_reference(call, &mut diagnostics));
    }
    (found, diagnostics)
}

/// All that a body refers to by its schema, collections of `dynamic` blocks included.
pub fn references_in_body(body: &Body, schema: &Block) -> (Vec<Reference>, Diagnostics) {
    let mut found = Vec::new();
    let mut diagnostics = Diagnostics::new();
    for traversal in references(body, schema) {
        found.extend(diagnostics.take(Reference::parse(&traversal)));
    }
    for call in function_calls(body, schema) {
        found.extend(function_reference(&call, &mut diagnostics));
    }
    (found, diagnostics)
}

fn function_reference(call: &Call, diagnostics: &mut Diagnostics) -> Option<Reference> {
    match ProviderFunction::parse(&call.name)? {
        Ok(function) => Some(Reference {
            subject: Referenceable::ProviderFunction(function),
            range: call.name_range.clone(),
            remaining: Vec::new(),
        }),
        Err(detail) => {
            diagnostics.push(
                Diagnostic::error("Unable to parse provider function", detail).at(&call.name_range),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use groma_diag::Pos;

    use super::*;

    #[test]
    fn references_and_provider_functions_are_found() {
        let text = "[for x in var.a : upper(x.b)] == aws_lb.web[0].id + \
                    provider::aws::f(local.c) ? nope : each.key";
        let (expression, _) = groma_hcl::parse_expression(text.as_bytes(), "t", Pos::START);
        let (found, diagnostics) = references_in_expr(&expression);
        let found: Vec<String> = found.iter().map(|r| r.subject.to_string()).collect();
        let expected = ["var.a", "aws_lb.web[0]", "local.c", "each.key", "provider::aws::f"];
        assert_eq!(found, expected);
        assert_eq!(diagnostics.len(), 1);
    }
}
