terraform {
  required_version = ">= 1.10" # S3's own locks
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
    }
  }
  backend "s3" {} # terraform init -backend-config=backend.hcl
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = "amt", environment = var.environment, managed-by = "terraform" }
  }
}
