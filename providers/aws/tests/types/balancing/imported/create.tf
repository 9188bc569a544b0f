# import: aws_acm_certificate.imported = arn, except certificate_body, private_key, certificate_chain

# The keys beside this file are of no use but for this test.
resource "aws_acm_certificate" "imported" {
  certificate_body = file("${path.module}/one.pem")
  private_key      = file("${path.module}/one.key")

  tags = { Name = "imported" }
}

data "aws_acm_certificate" "imported" {
  domain      = aws_acm_certificate.imported.domain_name
  types       = ["IMPORTED"]
  key_types   = ["EC_prime256v1"]
  most_recent = true
}

data "aws_elb_service_account" "this" {}

output "found" {
  value = data.aws_acm_certificate.imported.arn == aws_acm_certificate.imported.arn
}
