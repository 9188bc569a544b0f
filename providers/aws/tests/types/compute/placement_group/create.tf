# Groups for the placement of instances. moto does not know them.
# emulator: ministack
# import: aws_placement_group.cluster = name
# import: aws_placement_group.parts = name

resource "aws_placement_group" "cluster" {
  name     = "case-cluster"
  strategy = "cluster"
  tags = {
    Step = "create"
  }
}

resource "aws_placement_group" "parts" {
  name            = "case-parts"
  strategy        = "partition"
  partition_count = 3
}
