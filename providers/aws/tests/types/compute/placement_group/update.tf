# Other tags in place; another number of partitions takes another group.

resource "aws_placement_group" "cluster" {
  name     = "case-cluster"
  strategy = "cluster"
  tags = {
    Step  = "update"
    Added = "yes"
  }
}

resource "aws_placement_group" "parts" {
  name            = "case-parts"
  strategy        = "partition"
  partition_count = 5
}
