variable "name" {
  description = "First part of every resource's name."
  type        = string
  default     = "amt"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.name))
    error_message = "name must have 2 to 12 characters of a-z, 0-9 and hyphen, begin with a letter and not end with a hyphen: bucket names are made from it."
  }
}

variable "environment" {
  description = "Second part of every resource's name: dev, prod ..."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,7}$", var.environment))
    error_message = "environment must have 2 to 8 characters of a-z and 0-9 and begin with a letter."
  }
}

variable "job_name_prefix" {
  description = "The roles may only touch tuning and training jobs whose names begin so; null: name-environment-."
  type        = string
  default     = null
  validation {
    condition     = var.job_name_prefix == null || can(regex("^[a-z0-9](-?[a-z0-9])*-?$", var.job_name_prefix))
    error_message = "job_name_prefix must be of a-z, 0-9 and single hyphens: ARNs have job names in lower case."
  }
  validation {
    condition     = try(length(var.job_name_prefix), 0) <= 22
    error_message = "job_name_prefix must have at most 22 characters: a tuning job's name has at most 32."
  }
}

variable "kms_key_arn" {
  description = "A key of yours that encrypts everything (its policy must let the services in kms.tf use it); null makes one."
  type        = string
  default     = null
  validation {
    condition     = var.kms_key_arn == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:REGION:ACCOUNT:key/ID), not of an alias."
  }
}

variable "artifact_expiry_days" {
  description = "Days after which models and other outputs of jobs are deleted."
  type        = number
  default     = 90
  validation {
    condition     = var.artifact_expiry_days >= 1 && floor(var.artifact_expiry_days) == var.artifact_expiry_days
    error_message = "artifact_expiry_days must be a whole number of days, at least 1."
  }
}

variable "log_retention_days" {
  description = "Days that execution logs and access logs are kept."
  type        = number
  default     = 365
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "keep_training_logs" {
  description = "True makes SageMaker's log group of training jobs here, with retention. An account has one a region: true in one environment at most, false where it exists already."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "True lets terraform destroy delete buckets and images that are not empty."
  type        = bool
  default     = false
}

variable "trainer_image_repositories" {
  description = "ARNs of further ECR repositories that training may pull from (AWS's own images, another account's)."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for arn in var.trainer_image_repositories : can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/.+$", arn))])
    error_message = "trainer_image_repositories must hold ARNs like arn:aws:ecr:REGION:ACCOUNT:repository/NAME."
  }
}

variable "launcher_principals" {
  description = "ARNs of roles or users that may assume the launcher role."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for arn in var.launcher_principals : can(regex("^arn:[a-z-]+:(iam|sts)::[0-9]{12}:(role|user|assumed-role)/.+$", arn))])
    error_message = "launcher_principals must hold ARNs of roles or users, never a whole account or *."
  }
}

variable "github_repository" {
  description = "owner/name whose workflows may assume the launcher role through OIDC; null for none."
  type        = string
  default     = null
  validation {
    condition     = var.github_repository == null || can(regex("^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", var.github_repository))
    error_message = "github_repository must be owner/name, without a wildcard."
  }
}

variable "github_branch" {
  description = "The branch whose workflows may."
  type        = string
  default     = "main"
  validation {
    condition     = can(regex("^[A-Za-z0-9_./-]+$", var.github_branch))
    error_message = "github_branch must be one branch's name, without a wildcard."
  }
}

variable "github_oidc_provider_arn" {
  description = "GitHub's identity provider in this account, of which there can be only one; null makes it."
  type        = string
  default     = null
}

variable "tuning_timeout_seconds" {
  description = "How long an execution waits for its tuning job before it stops the job."
  type        = number
  default     = 432000
  validation {
    condition     = var.tuning_timeout_seconds >= 60 && var.tuning_timeout_seconds <= 2592000
    error_message = "tuning_timeout_seconds must be between 60 and 2592000 (30 days, the longest a tuning job may run)."
  }
}

variable "notify_emails" {
  description = "Addresses that hear of ended jobs, failures and the budget; each must confirm once."
  type        = list(string)
  default     = []
  validation {
    condition     = alltrue([for address in var.notify_emails : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "notify_emails must hold e-mail addresses."
  }
}

variable "monthly_budget_usd" {
  description = "What SageMaker may cost a month in this account before somebody is told."
  type        = number
  default     = 500
  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd must be above 0."
  }
}
