data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  name_regex  = "^amzn2-ami"

  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_launch_template" "web" {
  name_prefix   = "types-"
  description   = "second"
  image_id      = data.aws_ami.linux.id
  instance_type = "t3.small"
  user_data     = base64encode("#!/bin/sh\n")

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = 30
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  metadata_options {
    http_tokens   = "required"
    http_endpoint = "enabled"
  }

  monitoring {
    enabled = true
  }

  network_interfaces {
    associate_public_ip_address = false
    delete_on_termination       = true
    security_groups             = ["sg-0123456789abcdef0"]
  }

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "web" }
  }

  tags = { Name = "the template" }
}

resource "aws_launch_template" "latest" {
  name                   = "types-latest"
  image_id               = data.aws_ami.linux.id
  update_default_version = true

  instance_requirements {
    memory_mib {
      min = 2048
    }
    vcpu_count {
      min = 2
      max = 4
    }
  }
}
