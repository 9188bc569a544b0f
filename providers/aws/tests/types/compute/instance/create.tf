# The emulator forgets protections and what a shutdown does when they are asked for at the launch, adds
# groups where they are to be replaced, refuses other user data, and knows no monitoring. These are tested
# beside the type's source, as are placement, spot instances, passwords and capacity reservations.
#
# import: aws_instance.plain = id
# import: aws_instance.full = id

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  name_regex  = "^amzn2-ami"

  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.16.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.16.1.0/24"
}

resource "aws_security_group" "a" {
  name   = "types-instance-a"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "b" {
  name   = "types-instance-b"
  vpc_id = aws_vpc.main.id
}

resource "aws_instance" "plain" {
  ami           = data.aws_ami.linux.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.a.id
}

resource "aws_instance" "full" {
  ami                    = data.aws_ami.linux.id
  instance_type          = "m5.large"
  subnet_id              = aws_subnet.a.id
  vpc_security_group_ids = [aws_security_group.a.id]
  user_data              = "#!/bin/sh\necho one\n"
  ebs_optimized          = true

  metadata_options {
    http_tokens = "required"
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 20
    encrypted   = true
    tags        = { Name = "root" }
  }

  tags = { Name = "full" }
}

resource "aws_launch_template" "base" {
  name          = "types-instance-base"
  image_id      = data.aws_ami.linux.id
  instance_type = "t3.micro"
}

resource "aws_instance" "templated" {
  subnet_id = aws_subnet.a.id

  launch_template {
    name    = aws_launch_template.base.name
    version = "$Latest"
  }
}
