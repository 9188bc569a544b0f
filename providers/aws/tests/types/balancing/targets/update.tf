data "aws_region" "this" {}

resource "aws_vpc" "this" {
  cidr_block = "10.33.0.0/16"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "this" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
  availability_zone = "${data.aws_region.this.name}${["a", "b"][count.index]}"
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  name_regex  = "^amzn2-ami"

  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_instance" "this" {
  count         = 2
  ami           = data.aws_ami.linux.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.this[count.index].id
}

resource "aws_lb_target_group" "instances" {
  name                          = "targets-instances"
  vpc_id                        = aws_vpc.this.id
  port                          = 80
  protocol                      = "HTTP"
  load_balancing_algorithm_type = "round_robin"
}

resource "aws_lb_target_group" "udp" {
  name                   = "targets-udp"
  vpc_id                 = aws_vpc.this.id
  port                   = 53
  protocol               = "UDP"
  target_type            = "ip"
  connection_termination = true
  preserve_client_ip     = "true"

  stickiness {
    type    = "source_ip"
    enabled = false
  }
}

resource "aws_lb_target_group" "grpc" {
  name             = "targets-grpc-2"
  vpc_id           = aws_vpc.this.id
  port             = 50052
  protocol         = "HTTP"
  protocol_version = "GRPC"
}

resource "aws_lb_target_group_attachment" "instances" {
  count            = 2
  target_group_arn = aws_lb_target_group.instances.arn
  target_id        = aws_instance.this[count.index].id
}

resource "aws_lb_target_group_attachment" "port" {
  target_group_arn = aws_lb_target_group.udp.arn
  target_id        = "10.33.0.20"
  port             = 5354
}

resource "aws_lb_target_group_attachment" "everywhere" {
  target_group_arn  = aws_lb_target_group.udp.arn
  target_id         = "192.168.0.10"
  port              = 53
  availability_zone = "all"
}
