# Survives the loss of an availability zone.
environment             = "production"
cidr                    = "10.0.0.0/16"
availability_zone_count = 3
nat                     = "per_zone"

# certificate_arn has to be given: it belongs to an account.

web = { instance_type = "m7i.large", min = 3, max = 12 }
app = { instance_type = "c7i.xlarge", min = 3, max = 24, processor_target = 50 }

database = {
  instance_class = "db.r7g.xlarge"
  storage        = 200
  multi_az       = true
  replica_count  = 2
  backup_days    = 30
}
