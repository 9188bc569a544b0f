# The emulator has no passwords, and its images are the same in all regions.

data "aws_availability_zones" "all" {
  state = "available"
}

data "aws_availability_zones" "first" {
  filter {
    name   = "zone-name"
    values = [data.aws_availability_zones.all.names[0]]
  }
}

data "aws_availability_zones" "others" {
  exclude_names = [data.aws_availability_zones.all.names[0]]
}

data "aws_ami" "linux" {
  most_recent        = true
  include_deprecated = true
  owners             = ["amazon"]
  name_regex         = "^(amzn2|al2023)-ami-(hvm|2023)[-.]"

  filter {
    name   = "architecture"
    values = ["x86_64"]
  }
}

data "aws_ami" "same" {
  filter {
    name   = "image-id"
    values = [data.aws_ami.linux.id]
  }
}

resource "aws_vpc" "main" {
  cidr_block = "10.18.0.0/16"
}

resource "aws_subnet" "a" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.18.1.0/24"
}

resource "aws_security_group" "a" {
  name   = "types-lookups-compute"
  vpc_id = aws_vpc.main.id
}

resource "aws_instance" "web" {
  count                   = 2
  ami                     = data.aws_ami.same.id
  instance_type           = "t3.micro"
  subnet_id               = aws_subnet.a.id
  vpc_security_group_ids  = [aws_security_group.a.id]
  user_data               = "#!/bin/sh\necho ${count.index}\n"

  root_block_device {
    volume_size = 10
  }

  ebs_block_device {
    device_name = "/dev/sdf"
    volume_size = 5
    volume_type = "gp3"
    tags        = { Name = "extra" }
  }

  tags = { Name = "types-lookups-${count.index}", Set = "types-lookups" }
}

data "aws_instance" "by_id" {
  instance_id   = aws_instance.web[0].id
  get_user_data = true
}

data "aws_instance" "by_tag" {
  instance_tags = { Name = aws_instance.web[1].tags.Name }
}

data "aws_instance" "by_filter" {
  filter {
    name   = "private-ip-address"
    values = [aws_instance.web[1].private_ip]
  }
}

data "aws_instances" "all" {
  instance_tags = { Set = aws_instance.web[0].tags.Set }

  filter {
    name   = "subnet-id"
    values = [aws_instance.web[1].subnet_id]
  }
}

data "aws_instances" "stopped" {
  instance_tags        = { Set = aws_instance.web[0].tags.Set }
  instance_state_names = ["stopped"]
}

locals {
  by_id = data.aws_instance.by_id
  expected = {
    ami       = [data.aws_ami.linux.id, "x86_64"]
    zones     = [1, length(data.aws_availability_zones.all.names)]
    instance  = [aws_instance.web[0].arn, aws_instance.web[0].user_data, "running"]
    user_data = "#!/bin/sh\necho 0\n"
    network   = [aws_instance.web[0].primary_network_interface_id, aws_subnet.a.id, [aws_security_group.a.id]]
    devices   = [aws_instance.web[0].root_block_device[0].volume_id, "/dev/sdf", 5, "extra"]
    others    = [aws_instance.web[1].id, aws_instance.web[1].id]
    all       = sort(aws_instance.web[*].id)
    addresses = sort(aws_instance.web[*].private_ip)
    stopped   = 0
  }
  found = {
    ami       = [data.aws_ami.same.image_id, data.aws_ami.same.architecture]
    zones     = [length(data.aws_availability_zones.first.names), 1 + length(data.aws_availability_zones.others.names)]
    instance  = [local.by_id.arn, local.by_id.user_data, local.by_id.instance_state]
    user_data = base64decode(local.by_id.user_data_base64)
    network   = [local.by_id.network_interface_id, local.by_id.subnet_id, local.by_id.vpc_security_group_ids]
    devices = concat(
      [for d in local.by_id.root_block_device : d.volume_id],
      flatten([for d in local.by_id.ebs_block_device : [d.device_name, d.volume_size, d.tags.Name]]),
    )
    others    = [data.aws_instance.by_tag.id, data.aws_instance.by_filter.id]
    all       = sort(data.aws_instances.all.ids)
    addresses = sort(data.aws_instances.all.private_ips)
    stopped   = length(data.aws_instances.stopped.ids)
  }
}

output "found" {
  value = local.found

  precondition {
    condition     = jsonencode(local.found) == jsonencode(local.expected)
    error_message = "Found ${jsonencode(local.found)}, not ${jsonencode(local.expected)}"
  }
}
