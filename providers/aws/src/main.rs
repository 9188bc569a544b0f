//! The AWS provider: load balancers, autoscaling groups, databases and what they stand on.

fn main() {}
