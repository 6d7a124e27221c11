# `amt run --on aws --stack DIR` reads these.

output "region" {
  description = "Where all this is."
  value       = local.region
}

output "execution_role_arn" {
  description = "RoleArn of training jobs."
  value       = aws_iam_role.execution.arn
}

output "launcher_role_arn" {
  description = "The role that people and pipelines take to launch tuning jobs."
  value       = aws_iam_role.launcher.arn
}

output "artifact_bucket" {
  description = "What amt uploads, and what jobs put out."
  value       = aws_s3_bucket.this["artifacts"].bucket
}

output "data_bucket" {
  description = "What training reads."
  value       = aws_s3_bucket.this["data"].bucket
}

output "ecr_repository_url" {
  description = "Where training images are pushed to."
  value       = aws_ecr_repository.trainer.repository_url
}

output "job_name_prefix" {
  description = "How names of tuning jobs must begin."
  value       = local.job_prefix
}

output "state_machine_arn" {
  description = "Launches one tuning job and waits for it."
  value       = aws_sfn_state_machine.this["tuning"].arn
}

output "poll_state_machine_arn" {
  description = "The same with plain calls."
  value       = aws_sfn_state_machine.this["poll"].arn
}

output "sweep_state_machine_arn" {
  description = "Launches several tuning jobs and compares their results."
  value       = aws_sfn_state_machine.this["sweep"].arn
}

output "topic_arn" {
  description = "Where ended jobs and failures are announced."
  value       = aws_sns_topic.results.arn
}

output "queue_url" {
  description = "The same, kept for a program to read."
  value       = aws_sqs_queue.results.id
}

output "kms_key_arn" {
  description = "The key of all of it."
  value       = local.key_arn
}
