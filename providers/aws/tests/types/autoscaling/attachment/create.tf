data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.47.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "attachment"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "this" {
  name                = "attachment"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    id = aws_launch_template.this.id
  }
}

resource "aws_lb_target_group" "this" {
  count    = 2
  name     = "attachment-${count.index}"
  vpc_id   = aws_vpc.this.id
  port     = 80
  protocol = "HTTP"
}

# What is attached cannot be imported.
resource "aws_autoscaling_attachment" "this" {
  autoscaling_group_name = aws_autoscaling_group.this.name
  lb_target_group_arn    = aws_lb_target_group.this[0].arn
}
