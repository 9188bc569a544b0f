data "mock_zones" "available" {
  id = "zones"
}

resource "mock_network" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "${var.name}-vpc" }
}

resource "mock_subnet" "public" {
  count = 2

  network    = mock_network.main.id
  cidr_block = cidrsubnet(mock_network.main.cidr_block, 8, count.index)
  zone       = data.mock_zones.available.names[count.index]
  tags       = { Name = "${var.name}-public-${count.index + 1}" }
}

resource "mock_security_group" "load_balancer" {
  name    = "${var.name}-alb"
  network = mock_network.main.id

  ingress {
    port        = 80
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "mock_security_group" "app" {
  name    = "${var.name}-app"
  network = mock_network.main.id

  dynamic "ingress" {
    for_each = toset([var.app_port, 5432])

    content {
      port   = ingress.value
      groups = [mock_security_group.load_balancer.id]
    }
  }
}
