# import: aws_eip.nat = id
# import: aws_eip.interface = id, except associate_with_private_ip
# import: aws_nat_gateway.main = id
# import: aws_nat_gateway.private = id
# import: aws_route.out = {route_table_id}_{destination_cidr_block}
# import: aws_route.inside = {route_table_id}_{destination_cidr_block}

resource "aws_vpc" "main" {
  cidr_block = "10.13.0.0/16"
}

resource "aws_subnet" "public" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.13.1.0/24"
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = { Name = "nat" }
}

resource "aws_network_interface" "a" {
  subnet_id   = aws_subnet.public.id
  private_ips = ["10.13.1.10", "10.13.1.11"]
}

resource "aws_network_interface" "b" {
  subnet_id = aws_subnet.public.id
}

resource "aws_eip" "interface" {
  domain            = "vpc"
  network_interface = aws_network_interface.a.id
  depends_on        = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "main" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id
  tags          = { Name = "nat" }
  depends_on    = [aws_internet_gateway.main]
}

resource "aws_nat_gateway" "private" {
  connectivity_type = "private"
  subnet_id         = aws_subnet.public.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.main.id
}

resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.main.id
}

# To somewhere else with the next step, and so another object.
resource "aws_route" "inside" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "192.168.0.0/16"
  network_interface_id   = aws_network_interface.b.id
}
