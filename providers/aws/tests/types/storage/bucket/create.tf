# import: aws_s3_bucket.plain = id
# import: aws_s3_bucket.tagged = id, except force_destroy

resource "aws_s3_bucket" "plain" {
  bucket = "groma-types-bucket-plain"
}

resource "aws_s3_bucket" "tagged" {
  bucket_prefix = "groma-types-bucket-"
  force_destroy = true
  tags = {
    Name  = "first"
    Owner = "tests"
  }
}

resource "aws_s3_object" "inside" {
  bucket  = aws_s3_bucket.tagged.id
  key     = "left/behind"
  content = "hello"
}

data "aws_s3_bucket" "plain" {
  bucket = aws_s3_bucket.plain.id
}
