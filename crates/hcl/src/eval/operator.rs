//! Operators and conditionals.

use groma_diag::{Diagnostics, SourceRange};
use groma_value::{OpError, Refinements, Type, Value, convert, unify_unsafe};

use super::Evaluation;
use super::mismatch::describe_mismatch;
use crate::ast::{Binary, BinaryOp, Conditional, ExprKind, Expression, Unary, UnaryOp};

impl BinaryOp {
    /// What the operands must be; any value if nothing is said.
    fn operand_type(self) -> Option<Type> {
        match self {
            BinaryOp::Or | BinaryOp::And => Some(Type::Bool),
            BinaryOp::Equal | BinaryOp::NotEqual => None,
            _ => Some(Type::Number),
        }
    }

    fn result_type(self) -> Type {
        match self {
            BinaryOp::Add
            | BinaryOp::Subtract
            | BinaryOp::Multiply
            | BinaryOp::Divide
            | BinaryOp::Modulo => Type::Number,
            _ => Type::Bool,
        }
    }

    fn apply(self, a: &Value, b: &Value) -> Result<Value, OpError> {
        match self {
            BinaryOp::Or => a.or(b),
            BinaryOp::And => a.and(b),
            BinaryOp::Equal => Ok(a.equals(b)),
            BinaryOp::NotEqual => Ok(a.not_equal(b)),
            BinaryOp::Greater => a.greater_than(b),
            BinaryOp::GreaterOrEqual => a.greater_or_equal(b),
            BinaryOp::Less => a.less_than(b),
            BinaryOp::LessOrEqual => a.less_or_equal(b),
            BinaryOp::Add => a.add(b),
            BinaryOp::Subtract => a.subtract(b),
            BinaryOp::Multiply => a.multiply(b),
            BinaryOp::Divide => a.divide(b),
            BinaryOp::Modulo => a.modulo(b),
        }
    }

    /// Whether this left operand alone decides the result.
    fn is_decided_by(self, left: &Value) -> bool {
        match self {
            BinaryOp::Or => left.as_bool() == Some(true),
            BinaryOp::And => left.as_bool() == Some(false),
            _ => false,
        }
    }
}

impl<'a> Evaluation<'a> {
    /// A chain of operators that leans to the left is evaluated without recursion on that side:
    /// it may be long.
    pub(super) fn binary(&self, expression: &Expression, diagnostics: &mut Diagnostics) -> Value {
        let mut chain: Vec<(&Expression, &Binary)> = Vec::new();
        let mut leftmost = expression;
        while let ExprKind::Binary(binary) = leftmost.kind() {
            chain.push((leftmost, binary));
            leftmost = &binary.left;
        }
        let mut value = self.eval(leftmost, diagnostics);
        for (expression, binary) in chain.into_iter().rev() {
            value = self.operate(expression, binary, value, diagnostics);
        }
        value
    }

    fn operate(
        &self,
        expression: &Expression,
        binary: &Binary,
        left: Value,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let Some(wanted) = binary.op.operand_type() else {
            let right = self.eval(&binary.right, diagnostics);
            return binary.op.apply(&left, &right).unwrap_or(Value::unknown(Type::Bool));
        };
        let failed = || Value::unknown_refined(binary.op.result_type(), Refinements::not_null());
        let left = self.operand(&left, &wanted, "left", &binary.left, expression, diagnostics);
        if left.as_ref().is_some_and(|left| binary.op.is_decided_by(left)) {
            return left.unwrap_or_else(failed);
        }
        let right = self.eval(&binary.right, diagnostics);
        let right = self.operand(&right, &wanted, "right", &binary.right, expression, diagnostics);
        let (Some(left), Some(right)) = (left, right) else { return failed() };
        match binary.op.apply(&left, &right) {
            Ok(result) => result,
            Err(error) => {
                self.operation_failed(&error, expression, diagnostics);
                failed()
            }
        }
    }

    pub(super) fn unary(
        &self,
        expression: &Expression,
        unary: &Unary,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let operand = self.eval(&unary.operand, diagnostics);
        let wanted = match unary.op {
            UnaryOp::Negate => Type::Number,
            UnaryOp::Not => Type::Bool,
        };
        let operand =
            self.operand(&operand, &wanted, "unary", &unary.operand, expression, diagnostics);
        let result = operand.map(|operand| match unary.op {
            UnaryOp::Negate => operand.negate(),
            UnaryOp::Not => operand.not(),
        });
        match result {
            Some(Ok(result)) => result,
            Some(Err(error)) => {
                self.operation_failed(&error, expression, diagnostics);
                Value::unknown(wanted)
            }
            None => Value::unknown(wanted),
        }
    }

    /// The operand as what the operator wants.
    fn operand(
        &self,
        value: &Value,
        wanted: &Type,
        side: &str,
        operand: &Expression,
        within: &Expression,
        diagnostics: &mut Diagnostics,
    ) -> Option<Value> {
        match convert(value, wanted) {
            Ok(value) => Some(value),
            Err(error) => {
                let detail = format!("Unsuitable value for {side} operand: {error}.");
                diagnostics.push(self.error("Invalid operand", detail, operand, within));
                None
            }
        }
    }

    #[cold]
    fn operation_failed(
        &self,
        error: &OpError,
        expression: &Expression,
        diagnostics: &mut Diagnostics,
    ) {
        let detail = format!("Error during operation: {error}.");
        diagnostics.push(self.error("Operation failed", detail, expression, expression));
    }

    pub(super) fn conditional(
        &self,
        expression: &Expression,
        conditional: &Conditional,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let Conditional { condition, then, otherwise } = conditional;
        // What the other arm would be decides on the type, but its errors do not matter.
        let (condition_value, condition_diagnostics) = self.run(condition);
        let arm = |taken: bool, arm: &Expression| match condition_value.as_bool() {
            Some(value) if value == taken => self.run(arm),
            _ => self.quietly().run(arm),
        };
        let (then_value, then_diagnostics) = arm(true, then);
        let (else_value, else_diagnostics) = arm(false, otherwise);
        let Some(wanted) = common_type(&then_value, &else_value) else {
            let detail = format!(
                "The true and false result expressions must have consistent types. {}",
                describe_mismatch(&then_value.ty(), &else_value.ty())
            );
            let summary = "Inconsistent conditional result types";
            let arms = SourceRange::between(then.range(), otherwise.range());
            diagnostics.push(self.error_at(summary, detail, &arms, expression, expression));
            return Value::unknown(Type::Dynamic);
        };
        let unknown = |wanted: &Option<Type>| {
            Value::unknown(wanted.clone().unwrap_or_else(|| then_value.ty()))
        };
        diagnostics.extend(condition_diagnostics);
        if condition_value.is_null() {
            let detail = "The condition value is null. Conditions must either be true or false.";
            diagnostics.push(self.error("Null condition", detail, condition, expression));
            return unknown(&wanted);
        }
        let Ok(condition_value) = convert(&condition_value, &Type::Bool) else {
            let detail = "The condition expression must be of type bool.";
            diagnostics.push(self.error("Incorrect condition type", detail, condition, expression));
            return unknown(&wanted);
        };
        let (condition_value, marks) = condition_value.unmark();
        let marks = marks.union(then_value.marks()).union(else_value.marks());
        let (value, found, which) = match condition_value.as_bool() {
            Some(true) => (then_value, then_diagnostics, "true"),
            Some(false) => (else_value, else_diagnostics, "false"),
            None => {
                let known = common_refinements(&then_value, &else_value);
                return unknown(&wanted).refine(&known).with_marks(&marks);
            }
        };
        diagnostics.extend(found);
        let Some(wanted) = wanted else { return value.with_marks(&marks) };
        match convert(&value, &wanted) {
            Ok(value) => value.with_marks(&marks),
            Err(error) => {
                let detail = format!("The {which} result value has the wrong type: {error}.");
                let summary = "Inconsistent conditional result types";
                diagnostics.push(self.error(summary, detail, expression, expression));
                Value::unknown(wanted).with_marks(&marks)
            }
        }
    }
}

/// The type that both arms of a conditional are converted to, `Some(None)` if they need not be.
/// `None` if there is no such type.
fn common_type(a: &Value, b: &Value) -> Option<Option<Type>> {
    let (a_type, b_type) = (a.ty(), b.ty());
    if a_type == b_type {
        return Some(None);
    }
    if a.is_null() && a_type == Type::Dynamic {
        return Some(Some(b_type));
    }
    if b.is_null() && b_type == Type::Dynamic {
        return Some(Some(a_type));
    }
    if a_type == Type::Dynamic || b_type == Type::Dynamic {
        return Some(Some(Type::Dynamic));
    }
    unify_unsafe(&[a_type, b_type]).map(Some)
}

/// What is known of a value that is one of two.
fn common_refinements(a: &Value, b: &Value) -> Refinements {
    if !(a.is_definitely_not_null() && b.is_definitely_not_null()) {
        return Refinements::default();
    }
    let mut known = Refinements::not_null();
    let number = |value: &Value, least: bool| match (value.as_number(), value.refinements()) {
        (Some(n), _) => Some((n.clone(), true)),
        (None, Some(r)) if least => r.number_min.clone(),
        (None, Some(r)) => r.number_max.clone(),
        _ => None,
    };
    if let (Some(x), Some(y)) = (number(a, true), number(b, true)) {
        known.number_min = Some(if x.0 <= y.0 { x } else { y });
    }
    if let (Some(x), Some(y)) = (number(a, false), number(b, false)) {
        known.number_max = Some(if x.0 >= y.0 { x } else { y });
    }
    let lengths = |value: &Value| match value.refinements() {
        Some(r) if value.ty().is_collection() => Some((r.length_min.unwrap_or(0), r.length_max)),
        Some(_) => None,
        None if value.ty().is_collection() => {
            let length =
                value.as_sequence().map(<[Value]>::len).or(value.as_entries().map(|e| e.len()));
            length.map(|length| (length as u64, Some(length as u64)))
        }
        None => None,
    };
    // A set may turn out to be shorter where its elements are unknown.
    let is_settled = |v: &Value| v.is_wholly_known() || !v.is_known();
    if let (Some((a_min, a_max)), Some((b_min, b_max))) = (lengths(a), lengths(b))
        && is_settled(a)
        && is_settled(b)
    {
        known.length_min = Some(a_min.min(b_min));
        known.length_max = a_max.zip(b_max).map(|(a, b)| a.max(b));
    }
    known
}
