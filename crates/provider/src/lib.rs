//! The Provider trait, its requests and answers.
