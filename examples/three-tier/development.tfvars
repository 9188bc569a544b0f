# As little as shows whether everything works together.
environment             = "development"
cidr                    = "10.1.0.0/16"
availability_zone_count = 2
nat                     = "single"

web = { instance_type = "t3.micro", min = 1, max = 2 }
app = { instance_type = "t3.micro", min = 1, max = 2, fewer_at_night = true }

database = {
  instance_class = "db.t4g.micro"
  storage        = 20
  multi_az       = false
  replica_count  = 0
  backup_days    = 1
}

protection = false
