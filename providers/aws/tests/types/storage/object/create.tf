# import: aws_s3_object.text = {bucket}/{key}, except content, force_destroy
# import: aws_s3_object.file = s3://{bucket}/{key}, except source, source_hash

resource "aws_s3_bucket" "a" {
  bucket = "groma-types-object"
}

resource "aws_s3_object" "text" {
  bucket        = aws_s3_bucket.a.id
  key           = "texts/greeting.txt"
  content       = "hello"
  content_type  = "text/plain"
  cache_control = "no-cache"
  metadata      = { origin = "test" }
  tags          = { "Kind of" = "text + more" }
}

resource "aws_s3_object" "bytes" {
  bucket         = aws_s3_bucket.a.id
  key            = "/bytes//of"
  content_base64 = base64encode("bytes")
}

resource "aws_s3_object" "file" {
  bucket      = aws_s3_bucket.a.id
  key         = "file"
  source      = "${path.module}/file.txt"
  source_hash = filemd5("${path.module}/file.txt")
}
