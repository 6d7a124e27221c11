resource "aws_cloudwatch_log_group" "executions" {
  name              = "/aws/vendedlogs/states/${local.prefix}"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}

resource "aws_cloudwatch_log_group" "training" {
  count             = var.keep_training_logs ? 1 : 0
  name              = "/aws/sagemaker/TrainingJobs"
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arn
}
