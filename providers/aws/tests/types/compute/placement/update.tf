resource "aws_placement_group" "near" {
  name     = "types-near"
  strategy = "cluster"
  tags     = { Name = "nearer", Owner = "me" }
}

resource "aws_placement_group" "apart" {
  name     = "types-apart"
  strategy = "spread"
}
