terraform {
  required_version = ">= 1.7"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.60, < 7.0"
    }
  }
}

# The endpoint and its credentials come from the environment: what `amt serve` prints.
provider "aws" {
  region                      = var.region
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_region_validation      = true
  s3_use_path_style           = true # bucket names are no hosts of this machine
  max_retries                 = 2    # an emulator that is down stays down
  default_tags {
    tags = { project = "amt", environment = var.environment, managed-by = "terraform" }
  }
}
