# What a team needs around its tuning jobs: where data and models are, who may do what, what
# launches a job and waits, who hears of its end, and what it may cost. One file a concern.

data "aws_caller_identity" "current" {}
data "aws_region" "current" {}
data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.name
  partition = data.aws_partition.current.partition

  prefix     = "${var.name}-${var.environment}"
  job_prefix = coalesce(var.job_name_prefix, "${local.prefix}-")

  # SageMaker writes names in lower case into ARNs, so job_name_prefix has no other letters.
  sagemaker     = "arn:${local.partition}:sagemaker:${local.region}:${local.account}"
  tuning_jobs   = "${local.sagemaker}:hyper-parameter-tuning-job/${local.job_prefix}*"
  training_jobs = "${local.sagemaker}:training-job/${local.job_prefix}*"
  training_logs = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/sagemaker/TrainingJobs"
}
