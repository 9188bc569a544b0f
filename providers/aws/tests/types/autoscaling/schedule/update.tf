# import: aws_autoscaling_schedule.again = {autoscaling_group_name}/{scheduled_action_name}
# import: aws_autoscaling_schedule.once = {autoscaling_group_name}/{scheduled_action_name}

data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.45.0.0/16"
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

resource "aws_launch_template" "this" {
  name          = "schedule"
  image_id      = "ami-12c6146b"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "this" {
  name                = "schedule"
  min_size            = 0
  max_size            = 2
  vpc_zone_identifier = aws_subnet.this[*].id

  launch_template {
    id = aws_launch_template.this.id
  }
}

resource "aws_autoscaling_schedule" "again" {
  scheduled_action_name  = "evening"
  autoscaling_group_name = aws_autoscaling_group.this.name
  min_size               = 1
  max_size               = 3
  desired_capacity       = 1
  recurrence             = "0 20 * * MON-FRI"
  time_zone              = "Europe/Zurich"
}

resource "aws_autoscaling_schedule" "once" {
  scheduled_action_name  = "later"
  autoscaling_group_name = aws_autoscaling_group.this.name
  min_size               = -1
  max_size               = -1
  desired_capacity       = 0
  start_time             = "2099-12-11T18:00:00Z"
  end_time               = "2099-12-12T06:00:00Z"
}
