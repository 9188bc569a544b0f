//! t
#![allow(missing_docs)]
pub struct FunctionTable;
impl FunctionTable {
    pub fn get(&self, _: &str) -> Option<std::sync::Arc<dyn groma_hcl::Function>> {
        None
    }
    pub fn names(&self) -> Vec<String> {
        vec![]
    }
}
