# import: aws_network_interface.plain = id
# import: aws_network_interface.addresses = id
# import: aws_network_interface.counted = id
# import: aws_network_interface.listed = id, except private_ip_list_enabled
# import: aws_network_interface.six = id
# import: aws_network_interface.attached = id

# The emulator knows no prefixes, primary IPv6 addresses and types, and never clears a description.

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
  cidr_block                       = "10.18.0.0/16"
  assign_generated_ipv6_cidr_block = true
}

resource "aws_subnet" "a" {
  vpc_id          = aws_vpc.main.id
  cidr_block      = "10.18.1.0/24"
  ipv6_cidr_block = cidrsubnet(aws_vpc.main.ipv6_cidr_block, 8, 1)
}

resource "aws_security_group" "a" {
  name   = "types-interface-a"
  vpc_id = aws_vpc.main.id
}

resource "aws_security_group" "b" {
  name   = "types-interface-b"
  vpc_id = aws_vpc.main.id
}

resource "aws_network_interface" "plain" {
  subnet_id       = aws_subnet.a.id
  description     = "plain"
  security_groups = [aws_security_group.a.id]
  tags            = { Name = "plain" }
}

resource "aws_network_interface" "addresses" {
  subnet_id         = aws_subnet.a.id
  private_ips       = ["10.18.1.10", "10.18.1.11"]
  source_dest_check = false
}

resource "aws_network_interface" "counted" {
  subnet_id         = aws_subnet.a.id
  private_ips_count = 1
}

resource "aws_network_interface" "listed" {
  subnet_id               = aws_subnet.a.id
  private_ip_list_enabled = true
  private_ip_list         = ["10.18.1.40", "10.18.1.42", "10.18.1.41"]
}

resource "aws_network_interface" "six" {
  subnet_id          = aws_subnet.a.id
  ipv6_address_count = 1
}

resource "aws_network_interface" "attached" {
  subnet_id = aws_subnet.a.id

  attachment {
    instance     = aws_instance.a.id
    device_index = 1
  }
}

resource "aws_instance" "a" {
  ami           = data.aws_ami.linux.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.a.id
}

resource "aws_instance" "b" {
  ami           = data.aws_ami.linux.id
  instance_type = "t3.micro"
  subnet_id     = aws_subnet.a.id
}
