# The module's variables, with what they mean, are in ../../modules/amt/variables.tf.

variable "environment" {
  type = string
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "job_name_prefix" {
  type    = string
  default = null
}

variable "force_destroy" {
  type    = bool
  default = false
}

variable "artifact_expiry_days" {
  type    = number
  default = 90
}

variable "tuning_timeout_seconds" {
  type    = number
  default = 432000
}

variable "keep_training_logs" {
  type    = bool
  default = false
}

variable "trainer_image_repositories" {
  type    = list(string)
  default = []
}

variable "launcher_principals" {
  type    = list(string)
  default = []
}

variable "github_repository" {
  type    = string
  default = null
}

variable "github_oidc_provider_arn" {
  type    = string
  default = null
}

variable "notify_emails" {
  type    = list(string)
  default = []
}

variable "monthly_budget_usd" {
  type    = number
  default = 500
}
