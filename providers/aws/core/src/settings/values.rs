//! Typed access to a decoded configuration. What is not known counts as not set.

use groma_sdk::Value;

/// An object of the configuration.
#[derive(Clone, Copy)]
pub(super) struct Values<'a>(pub(super) &'a Value);

impl<'a> Values<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|v| !v.is_null() && v.is_known())
    }

    /// Whether it is set to what is not known yet, in any part.
    pub(super) fn is_unknown(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|v| !v.is_wholly_known())
    }

    /// A string that is set and not empty.
    pub(super) fn string(&self, name: &str) -> Option<String> {
        self.get(name)?.as_str().filter(|s| !s.is_empty()).map(|s| s.to_string())
    }

    pub(super) fn bool(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_number()?.as_i64()
    }

    pub(super) fn strings(&self, name: &str) -> Vec<String> {
        let items = self.get(name).and_then(Value::as_sequence).unwrap_or_default();
        let known = items.iter().filter_map(|v| v.as_str());
        known.filter(|s| !s.is_empty()).map(|s| s.to_string()).collect()
    }

    pub(super) fn map(&self, name: &str) -> Vec<(String, String)> {
        let Some(entries) = self.get(name).and_then(Value::as_entries) else { return Vec::new() };
        entries.iter().filter_map(|(k, v)| Some((k.to_string(), v.as_str()?.to_string()))).collect()
    }

    /// The nested blocks of a type.
    pub(super) fn blocks(&self, name: &str) -> Vec<Values<'a>> {
        let items = self.get(name).and_then(Value::as_sequence).unwrap_or_default();
        items.iter().filter(|v| !v.is_null() && v.is_known()).map(Values).collect()
    }

    pub(super) fn block(&self, name: &str) -> Option<Values<'a>> {
        self.blocks(name).into_iter().next()
    }
}
