//! Schemas of blocks and the decoding of bodies by them.
