# Parameters of AWS itself; those of others, secrets among them, are tested with requests and answers.

data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/amzn2-ami-hvm-x86_64-gp2"
}

data "aws_ssm_parameter" "again" {
  name            = data.aws_ssm_parameter.image.name
  with_decryption = false
}

output "image" {
  value = data.aws_ssm_parameter.image.insecure_value

  precondition {
    condition     = startswith(data.aws_ssm_parameter.image.insecure_value, "ami-")
    error_message = "Found ${data.aws_ssm_parameter.image.insecure_value}"
  }
  precondition {
    condition     = data.aws_ssm_parameter.again.type == "String" && data.aws_ssm_parameter.again.version > 0
    error_message = "Found ${data.aws_ssm_parameter.again.type}"
  }
}
