//! State in memory and the version 4 state file format.
