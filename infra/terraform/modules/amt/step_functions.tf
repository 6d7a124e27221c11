# The state machines are the files in infra/stepfunctions; only their time-out is set here.

locals {
  asl_folder = "${path.module}/../../../stepfunctions"
  asl_files  = { tuning = "sync", poll = "poll", sweep = "sweep" }

  # By name: the launcher's policy is made before the state machines are.
  state_machine_arns = {
    for key in keys(local.asl_files) :
    key => "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${local.prefix}-${key}"
  }

  asl = {
    for key, file in local.asl_files :
    key => replace(
      templatefile("${local.asl_folder}/${file}.asl.json", {
        partition = local.partition
        topic_arn = aws_sns_topic.results.arn
      }),
      "\"TimeoutSeconds\": 432000", "\"TimeoutSeconds\": ${var.tuning_timeout_seconds}"
    )
  }
}

resource "aws_sfn_state_machine" "this" {
  for_each   = local.asl_files
  name       = "${local.prefix}-${each.key}"
  role_arn   = aws_iam_role.states.arn
  definition = local.asl[each.key]
  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.executions.arn}:*"
    include_execution_data = true
    level                  = "ALL"
  }
  tracing_configuration {
    enabled = true
  }
  depends_on = [aws_iam_role_policy_attachment.states]
}
