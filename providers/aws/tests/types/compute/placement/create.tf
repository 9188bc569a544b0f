# Moto has no placement groups.
#
# emulator: ministack
# import: aws_placement_group.near = id
# import: aws_placement_group.apart = id

resource "aws_placement_group" "near" {
  name     = "types-near"
  strategy = "cluster"
  tags     = { Name = "near" }
}

resource "aws_placement_group" "apart" {
  name            = "types-apart"
  strategy        = "partition"
  partition_count = 3
}
