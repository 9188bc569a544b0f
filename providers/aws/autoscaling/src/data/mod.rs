//! Data sources of this room.

pub(crate) mod autoscaling_group;
