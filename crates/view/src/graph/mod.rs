//! Graphs of what depends on what, in the DOT language and as Mermaid flowcharts.
//!
//! [`write_resources`] is the short form: resources and what they depend on. [`OperationGraph`] has
//! all that is evaluated and done.

mod operations;
mod reduce;
mod resources;
#[cfg(test)]
mod tests;

pub use operations::OperationGraph;
pub use resources::write_resources;

/// The language that a graph is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphFormat {
    /// The DOT language of Graphviz.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
}

/// A quoted string of the DOT language.
fn dot_string(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A quoted label of a Mermaid flowchart.
fn mermaid_string(text: &str) -> String {
    format!("\"{}\"", text.replace('#', "#35;").replace('"', "#quot;"))
}
