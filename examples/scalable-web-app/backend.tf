# Bucket, key and region are given to init, since they differ from team to team:
#
#   groma init -backend-config=state.s3.tfbackend
terraform {
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}
