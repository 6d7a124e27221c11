resource "aws_budgets_budget" "sagemaker" {
  name         = "${local.prefix}-sagemaker"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  cost_filter {
    name   = "Service"
    values = ["Amazon SageMaker"]
  }
  dynamic "notification" {
    for_each = { FORECASTED = 100, ACTUAL = 80 }
    content {
      notification_type         = notification.key
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      comparison_operator       = "GREATER_THAN"
      subscriber_sns_topic_arns = [aws_sns_topic.results.arn]
    }
  }
  depends_on = [aws_sns_topic_policy.results]
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each            = local.asl_files
  alarm_name          = "${local.prefix}-${each.key}-failed"
  alarm_description   = "Executions of ${local.prefix}-${each.key} fail: their log group and the topic's messages say why."
  namespace           = "AWS/States"
  metric_name         = "ExecutionsFailed"
  dimensions          = { StateMachineArn = aws_sfn_state_machine.this[each.key].arn }
  statistic           = "Sum"
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.results.arn]
}
