//! Functions.

use async_trait::async_trait;
use groma_schema::FunctionSignature;
use groma_value::Value;

/// A function of the language that a provider offers.
#[async_trait]
pub trait Function: Send + Sync + 'static {
    /// What it takes and gives.
    fn signature(&self) -> FunctionSignature;

    /// Calls it. The arguments are of the types of the signature.
    async fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}

/// Why a function failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// The argument that is to blame, counted from 0.
    pub argument: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl FunctionError {
    /// An error of the call as a whole.
    pub fn new(message: impl Into<String>) -> FunctionError {
        FunctionError { argument: None, message: message.into() }
    }

    /// An error of one argument, counted from 0.
    pub fn of_argument(argument: usize, message: impl Into<String>) -> FunctionError {
        FunctionError { argument: Some(argument), message: message.into() }
    }
}
