//! Launching provider plugins and talking to them.
