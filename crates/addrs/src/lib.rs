//! Addresses of everything in a configuration and a state.
