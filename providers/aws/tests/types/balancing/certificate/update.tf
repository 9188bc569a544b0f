resource "aws_acm_certificate" "requested" {
  domain_name               = "example.com"
  subject_alternative_names = ["www.example.com"]
  validation_method         = "DNS"

  tags = { Name = "requested", Step = "2" }
}

# Another domain is another certificate.
resource "aws_acm_certificate" "other" {
  domain_name       = "new.example.com"
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

# As many records as a zone needs, which is known before there is a certificate.
output "records" {
  value = { for option in aws_acm_certificate.requested.domain_validation_options : option.domain_name => option.resource_record_name }
}

data "aws_acm_certificate" "other" {
  domain   = aws_acm_certificate.other.domain_name
  statuses = ["ISSUED", "PENDING_VALIDATION"]
}
