# import: aws_key_pair.named = id
# import: aws_key_pair.generated = id
# import: aws_key_pair.rsa = id

resource "aws_key_pair" "named" {
  key_name   = "types-named"
  public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+OJHzRWMfRVizs4SfwPTXG6nNo71mTVmvPtA5u4mFi me@here"
  tags       = { Name = "named" }
}

resource "aws_key_pair" "generated" {
  key_name_prefix = "types-"
  public_key      = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN+OJHzRWMfRVizs4SfwPTXG6nNo71mTVmvPtA5u4mFi me@here"
}

resource "aws_key_pair" "rsa" {
  public_key = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC3tNUk79dA5KKhbUcS/PBAR72/e6gSf65f4rGWYCwQ+Mt2H/KP0vHzLT2QHiaU1PKE3RyfXnXP13OsZ9o69e5vVMWxp0nwbHxX2/zPE713dyKlfW6nygcJjB5SwRpCnanc8WFN+gjUettwUvEOtIOxV2dCgeJt2NMUpAanZhsNz8TdOhE9VAnIKovC2rmLHmVAB/L8zU9g7JZTLTT+AGbEHAVyozs4X27cFkwElYY/nxUROwf2lQbR6yhM687d5CEx089v129RSkYhgQYEp7D31h/1GQkbIOrEnAFP8imVdSyrHz25Z53a4gxfpuZOKMzkXqxMOoL1AVhDNJi+I5Y1 me@here"
}

output "kinds" {
  value = [aws_key_pair.named.key_type, aws_key_pair.rsa.key_type]

  precondition {
    condition     = "${aws_key_pair.named.key_type} ${aws_key_pair.rsa.key_type}" == "ed25519 rsa"
    error_message = "The kinds of the keys are others."
  }
  precondition {
    condition     = length(aws_key_pair.rsa.fingerprint) > 0 && startswith(aws_key_pair.rsa.key_name, "terraform-")
    error_message = "A fingerprint or a name is missing."
  }
}
