//! HCL native and JSON syntax, and the evaluation of expressions.
