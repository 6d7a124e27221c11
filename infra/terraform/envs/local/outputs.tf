# What amt reads with --stack: the module's outputs, under the same names.

output "region" {
  value = module.amt.region
}

output "execution_role_arn" {
  value = module.amt.execution_role_arn
}

output "launcher_role_arn" {
  value = module.amt.launcher_role_arn
}

output "artifact_bucket" {
  value = module.amt.artifact_bucket
}

output "data_bucket" {
  value = module.amt.data_bucket
}

output "ecr_repository_url" {
  value = module.amt.ecr_repository_url
}

output "job_name_prefix" {
  value = module.amt.job_name_prefix
}

output "state_machine_arn" {
  value = module.amt.state_machine_arn
}

output "poll_state_machine_arn" {
  value = module.amt.poll_state_machine_arn
}

output "sweep_state_machine_arn" {
  value = module.amt.sweep_state_machine_arn
}

output "topic_arn" {
  value = module.amt.topic_arn
}

output "queue_url" {
  value = module.amt.queue_url
}

output "kms_key_arn" {
  value = module.amt.kms_key_arn
}
