# The end of every tuning job of this environment: EventBridge to SNS (people) to SQS (programs).

resource "aws_cloudwatch_event_rule" "ended" {
  name        = "${local.prefix}-tuning-ended"
  description = "Tuning jobs of ${local.prefix} that have ended"
  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["SageMaker HyperParameter Tuning Job State Change"]
    detail = {
      HyperParameterTuningJobName   = [{ prefix = local.job_prefix }]
      HyperParameterTuningJobStatus = ["Completed", "Failed", "Stopped"]
    }
  })
}

resource "aws_cloudwatch_event_target" "ended" {
  rule      = aws_cloudwatch_event_rule.ended.name
  target_id = "topic"
  arn       = aws_sns_topic.results.arn
}

resource "aws_sns_topic" "results" {
  name              = "${local.prefix}-tuning-results"
  kms_master_key_id = local.key_arn
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "ServicesOfThisAccount"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.results.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values = [
        aws_cloudwatch_event_rule.ended.arn,
        "arn:${local.partition}:budgets::${local.account}:*",
        "arn:${local.partition}:cloudwatch:${local.region}:${local.account}:alarm:${local.prefix}-*",
      ]
    }
  }
}

resource "aws_sns_topic_policy" "results" {
  arn    = aws_sns_topic.results.arn
  policy = data.aws_iam_policy_document.topic.json
}

resource "aws_sns_topic_subscription" "email" {
  for_each  = toset(var.notify_emails)
  topic_arn = aws_sns_topic.results.arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sqs_queue" "results" {
  name                       = "${local.prefix}-tuning-results"
  kms_master_key_id          = local.key_arn
  message_retention_seconds  = 1209600 # 14 days, the longest there is
  visibility_timeout_seconds = 60
}

data "aws_iam_policy_document" "queue" {
  statement {
    sid       = "FromTheTopic"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.results.arn]
    principals {
      type        = "Service"
      identifiers = ["sns.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_sns_topic.results.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "results" {
  queue_url = aws_sqs_queue.results.id
  policy    = data.aws_iam_policy_document.queue.json
}

resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.results.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.results.arn
  raw_message_delivery = true
  depends_on           = [aws_sqs_queue_policy.results]
}
