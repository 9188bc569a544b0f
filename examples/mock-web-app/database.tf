resource "mock_database" "primary" {
  identifier = "${var.name}-db-primary"
  storage_gb = 100
  encrypted  = true
  multi_zone = true
  password   = var.db_password
  groups     = [mock_security_group.app.id]
}

resource "mock_database" "replica" {
  count = var.db_replica_count

  identifier = "${var.name}-db-replica-${count.index + 1}"
  replicates = mock_database.primary.identifier
  encrypted  = true
  groups     = [mock_security_group.app.id]
}
