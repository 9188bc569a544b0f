//! Plans: changes, execution graph, planning rules and the plan file.
