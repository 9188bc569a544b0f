# import: aws_autoscaling_group.changed = name
# import: aws_autoscaling_group.dropped = name, except force_delete_warm_pool

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.43.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "pool"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

# The emulator's pools have no instances.
resource "aws_autoscaling_group" "changed" {
  name                = "pool-changed"
  min_size            = 0
  max_size            = 3
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    id = aws_launch_template.this.id
  }

  warm_pool {
    pool_state                  = "Hibernated"
    min_size                    = 1
    max_group_prepared_capacity = 3

    instance_reuse_policy {
      reuse_on_scale_in = false
    }
  }
}

resource "aws_autoscaling_group" "dropped" {
  name                   = "pool-dropped"
  min_size               = 0
  max_size               = 1
  vpc_zone_identifier    = aws_subnet.this[*].id
  force_delete_warm_pool = true

  launch_template {
    id = aws_launch_template.this.id
  }
}
