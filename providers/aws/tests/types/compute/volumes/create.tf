# The emulator detaches at once, so that nothing is to be forced. Snapshots outlive their volumes:
# final ones are tested beside the type's source.
#
# import: aws_ebs_volume.data = id
# import: aws_ebs_volume.fast = id
# import: aws_volume_attachment.data = {device_name}:{volume_id}:{instance_id}, except stop_instance_before_detaching
# import: aws_volume_attachment.fast = {device_name}:{volume_id}:{instance_id}, except force_detach

data "aws_availability_zones" "all" {
  state = "available"
}

data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]
  name_regex  = "^amzn2-ami"
}

resource "aws_instance" "holder" {
  ami               = data.aws_ami.linux.id
  instance_type     = "t3.micro"
  availability_zone = data.aws_availability_zones.all.names[0]
}

resource "aws_ebs_volume" "data" {
  availability_zone = data.aws_availability_zones.all.names[0]
  size              = 10
  tags              = { Name = "data" }
}

resource "aws_ebs_volume" "fast" {
  availability_zone = data.aws_availability_zones.all.names[0]
  size              = 20
  type              = "gp3"
  iops              = 3500
  throughput        = 150
  encrypted         = true
}

resource "aws_volume_attachment" "data" {
  device_name                    = "/dev/sdf"
  instance_id                    = aws_instance.holder.id
  volume_id                      = aws_ebs_volume.data.id
  stop_instance_before_detaching = true
}

resource "aws_volume_attachment" "fast" {
  device_name  = "/dev/sdg"
  instance_id  = aws_instance.holder.id
  volume_id    = aws_ebs_volume.fast.id
  force_detach = true
}
