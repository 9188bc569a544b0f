# import: aws_autoscaling_group.weights = name
# import: aws_autoscaling_group.requirements = name
# import: aws_autoscaling_group.resized = name

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.41.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "mixed"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_launch_template" "arm" {
  name          = "mixed-arm"
  image_id      = "ami-12c6146b"
  instance_type = "t4g.micro"
}

resource "aws_autoscaling_group" "weights" {
  name_prefix         = "mixed-"
  min_size            = 0
  max_size            = 4
  vpc_zone_identifier = aws_subnet.this[*].id

  mixed_instances_policy {
    instances_distribution {
      on_demand_allocation_strategy            = "prioritized"
      on_demand_base_capacity                  = 0
      on_demand_percentage_above_base_capacity = 25
      spot_allocation_strategy                 = "capacity-optimized"
      spot_max_price                           = "0.05"
    }

    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
        version            = "$Latest"
      }

      override {
        instance_type     = "t3.small"
        weighted_capacity = "1"
      }

      override {
        instance_type     = "t4g.medium"
        weighted_capacity = "2"

        launch_template_specification {
          launch_template_id = aws_launch_template.arm.id
          version            = "$Default"
        }
      }
    }
  }
}

# Only its size changes.
resource "aws_autoscaling_group" "resized" {
  name                = "resized"
  min_size            = 0
  max_size            = 1
  vpc_zone_identifier = aws_subnet.this[*].id

  mixed_instances_policy {
    launch_template {
      launch_template_specification {
        launch_template_id = aws_launch_template.this.id
      }
    }
  }
}

resource "aws_autoscaling_group" "requirements" {
  name                = "requirements"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  mixed_instances_policy {
    instances_distribution {
      on_demand_percentage_above_base_capacity = 100
    }

    launch_template {
      launch_template_specification {
        launch_template_name = aws_launch_template.this.name
        version              = "$Latest"
      }

      override {
        instance_requirements {
          cpu_manufacturers      = ["amd", "intel"]
          burstable_performance  = "included"
          allowed_instance_types = ["m5*", "t3*"]

          memory_mib {
            min = 1024
            max = 4096
          }

          vcpu_count {
            min = 2
          }

          memory_gib_per_vcpu {
            min = 0.5
          }
        }
      }
    }
  }
}
