# The state machines are the files in infra/stepfunctions; only their time-out is set here.

locals {
  asl_folder = "${path.module}/../../../stepfunctions"
  asl_files  = { tuning = "sync", poll = "poll", sweep = "sweep" }

  # By name, for the role that the state machines take names them.
  state_machine_arns = {
    for key in keys(local.asl_files) :
    key => "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${local.prefix}-${key}"
  }

  asl = {
    for key, file in local.asl_files :
    key => jsondecode(templatefile("${local.asl_folder}/${file}.asl.json", {
      partition                = local.partition
      topic_arn                = aws_sns_topic.results.arn
      tuning_state_machine_arn = local.state_machine_arns["tuning"]
    }))
  }
  asl_timed = {
    tuning = merge(local.asl.tuning, { States = merge(local.asl.tuning.States, {
      Tune = merge(local.asl.tuning.States.Tune, { TimeoutSeconds = var.tuning_timeout_seconds })
    }) })
    poll  = local.asl.poll
    sweep = local.asl.sweep
  }
}

resource "aws_sfn_state_machine" "this" {
  for_each   = local.asl_files
  name       = "${local.prefix}-${each.key}"
  role_arn   = aws_iam_role.states.arn
  definition = jsonencode(local.asl_timed[each.key])
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
