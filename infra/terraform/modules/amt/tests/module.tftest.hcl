# The module without any endpoint: every answer of AWS is made up, the module's own are not.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-west-1" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/made", key_id = "made" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:amt-dev-tuning-results" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:amt-dev-tuning-results" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/made" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/made" }
  }
  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:made" }
  }
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/made" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::made" }
  }
  mock_resource "aws_sfn_state_machine" {
    defaults = { arn = "arn:aws:states:eu-west-1:123456789012:stateMachine:made" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-west-1:123456789012:repository/made" }
  }
}

variables {
  environment = "dev"
}

run "by_default_all_is_closed_encrypted_and_scoped" {
  command = apply
  assert {
    condition = alltrue([
      for block in concat(values(aws_s3_bucket_public_access_block.this), [aws_s3_bucket_public_access_block.access_logs]) :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "A bucket can be made public."
  }
  assert {
    condition = alltrue([
      for each in values(aws_s3_bucket_server_side_encryption_configuration.this) :
      one(each.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.this[0].arn
    ])
    error_message = "Data or models are not encrypted with the key."
  }
  assert {
    condition = alltrue([
      for each in concat(values(aws_s3_bucket_versioning.this), [aws_s3_bucket_versioning.access_logs]) :
      each.versioning_configuration[0].status == "Enabled"
    ])
    error_message = "A bucket keeps no versions."
  }
  assert {
    condition = alltrue([
      for document in concat(values(data.aws_iam_policy_document.bucket), [data.aws_iam_policy_document.access_logs]) :
      document.statement[0].effect == "Deny" && one(document.statement[0].condition).variable == "aws:SecureTransport"
    ])
    error_message = "A bucket answers without TLS."
  }
  assert {
    condition     = aws_s3_bucket.this["artifacts"].bucket == "amt-dev-artifacts-123456789012-eu-west-1" && !aws_s3_bucket.this["artifacts"].force_destroy
    error_message = "A bucket has another name, or is deleted with what is in it."
  }
  assert {
    condition     = aws_ecr_repository.trainer.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.trainer.image_scanning_configuration[0].scan_on_push
    error_message = "Images can be replaced, or are not scanned."
  }
  assert {
    condition     = local.tuning_jobs == "arn:aws:sagemaker:eu-west-1:123456789012:hyper-parameter-tuning-job/amt-dev-*"
    error_message = "The roles reach other tuning jobs than this environment's."
  }
  assert {
    condition = alltrue([
      for document in [data.aws_iam_policy_document.launcher, data.aws_iam_policy_document.states] :
      [for statement in document.statement : statement.resources if statement.sid == "PassExecutionRole"][0] == toset([aws_iam_role.execution.arn])
    ])
    error_message = "Another role than the execution role can be passed."
  }
  assert {
    condition     = length([for statement in data.aws_iam_policy_document.launcher_trust.statement : statement if statement.sid == "GitHub"]) == 0
    error_message = "GitHub is let in without being asked for."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.ended.event_pattern).detail.HyperParameterTuningJobName == [{ prefix = "amt-dev-" }]
    error_message = "The rule hears of other jobs."
  }
}

run "what_is_asked_for_is_made" {
  command = apply
  variables {
    github_repository      = "example/tuning"
    tuning_timeout_seconds = 3600
  }
  assert {
    condition = toset(flatten([
      for condition in one([for statement in data.aws_iam_policy_document.launcher_trust.statement : statement if statement.sid == "GitHub"]).condition :
      condition.values if endswith(condition.variable, ":sub")
    ])) == toset(["repo:example/tuning:ref:refs/heads/main", "repo:example/tuning:environment:dev"])
    error_message = "Other workflows can take the launcher role."
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 1
    error_message = "GitHub's identity provider is missing."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.this["tuning"].definition).States.Tune.TimeoutSeconds == 3600
    error_message = "The time-out is not the variable's."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.this["sweep"].definition).States.Each.ItemProcessor.States.Tune.TimeoutSeconds == 3600
    error_message = "The time-out of a sweep's jobs is not the variable's."
  }
  assert {
    condition     = jsondecode(aws_sfn_state_machine.this["tuning"].definition).States.Announce.Parameters.TopicArn == aws_sns_topic.results.arn
    error_message = "Failures are not announced at the topic."
  }
}

run "what_is_there_already_is_used" {
  command = plan
  variables {
    kms_key_arn              = "arn:aws:kms:eu-west-1:123456789012:key/own"
    github_repository        = "example/tuning"
    github_oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
  }
  assert {
    condition     = length(aws_kms_key.this) == 0 && aws_sns_topic.results.kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/own"
    error_message = "The key given is not the one used."
  }
  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "A second identity provider would be made, which IAM refuses."
  }
}

run "impossible_values_and_wildcards_are_refused" {
  command = plan
  variables {
    name                       = "Bad_Name"
    environment                = "production"
    job_name_prefix            = "Upper"
    kms_key_arn                = "alias/mine"
    launcher_principals        = ["*"]
    github_repository          = "example/*"
    github_branch              = "*"
    trainer_image_repositories = ["*"]
    notify_emails              = ["nobody"]
    log_retention_days         = 100
    artifact_expiry_days       = 0
    tuning_timeout_seconds     = 10
    monthly_budget_usd         = 0
  }
  expect_failures = [
    var.name, var.environment, var.job_name_prefix, var.kms_key_arn, var.launcher_principals,
    var.github_repository, var.github_branch, var.trainer_image_repositories, var.notify_emails,
    var.log_retention_days, var.artifact_expiry_days, var.tuning_timeout_seconds, var.monthly_budget_usd,
  ]
}
