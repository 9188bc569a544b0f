//! The Backend trait, workspaces, locks and the local backend.
