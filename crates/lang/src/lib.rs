//! Reference analysis, scopes and built-in functions.
