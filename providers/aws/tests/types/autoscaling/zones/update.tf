# import: aws_autoscaling_group.this = name, except force_delete, wait_for_capacity_timeout

data "aws_region" "this" {}

resource "aws_launch_template" "this" {
  name          = "zones"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

# What the emulator takes when it creates a group, it keeps whatever it is changed to. It serves no
# placement groups, and believes that there is one of the name.
resource "aws_autoscaling_group" "this" {
  name                      = "zones-other"
  min_size                  = 0
  max_size                  = 2
  desired_capacity          = 1
  availability_zones        = [for zone in ["a", "c"] : "${data.aws_region.this.name}${zone}"]
  placement_group           = "zones"
  default_cooldown          = 120
  capacity_rebalance        = true
  force_delete              = true
  wait_for_capacity_timeout = "0"

  launch_template {
    id = aws_launch_template.this.id
  }
}
