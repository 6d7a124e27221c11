"""The real terraform finds buckets as it left them, after the server was restarted too."""

from __future__ import annotations

import pytest

from tests.infra.terraform import Terraform, needs_terraform
from tests.serve.conftest import Clients, serve

LONG = 600

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LONG), needs_terraform]

ROOT = """
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}
provider "aws" {
  s3_use_path_style = true
  max_retries       = 2
}
resource "aws_s3_bucket" "logs" {
  bucket = "logs-of-a-test"
}
resource "aws_s3_bucket" "this" {
  bucket              = "bucket-of-terraform"
  object_lock_enabled = true
  force_destroy       = true
  tags                = { team = "a" }
}
resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
    bucket_key_enabled = true
  }
}
resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = aws_s3_bucket.this.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = false
}
resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}
resource "aws_s3_bucket_acl" "this" {
  bucket     = aws_s3_bucket.this.id
  acl        = "private"
  depends_on = [aws_s3_bucket_ownership_controls.this]
}
resource "aws_s3_bucket_logging" "this" {
  bucket        = aws_s3_bucket.this.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "access/"
}
resource "aws_s3_bucket_notification" "this" {
  bucket      = aws_s3_bucket.this.id
  eventbridge = true
}
resource "aws_s3_bucket_cors_configuration" "this" {
  bucket = aws_s3_bucket.this.id
  cors_rule {
    allowed_methods = ["GET"]
    allowed_origins = ["https://a.example"]
  }
}
resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "s3:*"
      Principal = "*"
      Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
resource "aws_s3_object" "definition" {
  bucket  = aws_s3_bucket.this.id
  key     = "definitions/job.json"
  content = "{}"
  tags    = { kind = "definition" }
}
"""


def terraform_in(folder, served):
    """Terraform on `ROOT`, asking this server."""
    folder.mkdir()
    at_server = served.environment | {"AWS_EC2_METADATA_DISABLED": "true"}
    terraform = Terraform(folder, at_server)
    terraform.root = folder / "root"
    terraform.root.mkdir()
    (terraform.root / "main.tf").write_text(ROOT)
    return terraform


def test_a_root_is_applied_planned_without_a_difference_after_a_restart_and_destroyed(tmp_path):
    home = tmp_path / "state"
    served = serve(home)
    terraform = terraform_in(tmp_path / "terraform", served)
    terraform("init")
    terraform("apply", "-auto-approve")
    served.close()

    served = serve(home)
    terraform.environment |= served.environment
    clients = Clients(served.url)
    try:
        assert "No changes" in terraform("plan", "-detailed-exitcode")
        terraform("destroy", "-auto-approve")
        names = [each["Name"] for each in clients("s3").list_buckets()["Buckets"]]
        assert names == [served.bucket]
        assert not list((home / "s3" / ".settings").iterdir())
    finally:
        clients.close()
        served.close()
        served._others.reset()
