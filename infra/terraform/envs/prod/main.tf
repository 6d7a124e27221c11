module "amt" {
  source = "../../modules/amt"

  environment                = var.environment
  job_name_prefix            = var.job_name_prefix
  force_destroy              = var.force_destroy
  artifact_expiry_days       = var.artifact_expiry_days
  tuning_timeout_seconds     = var.tuning_timeout_seconds
  keep_training_logs         = var.keep_training_logs
  trainer_image_repositories = var.trainer_image_repositories
  launcher_principals        = var.launcher_principals
  github_repository          = var.github_repository
  github_oidc_provider_arn   = var.github_oidc_provider_arn
  notify_emails              = var.notify_emails
  monthly_budget_usd         = var.monthly_budget_usd
}
