# What the state machines may do: create, watch and stop tuning jobs of this environment, and
# tell of failures. Nobody but Step Functions takes this role.

data "aws_iam_policy_document" "states_trust" {
  statement {
    sid     = "StepFunctions"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "states" {
  statement {
    sid = "Tune"
    actions = [
      "sagemaker:CreateHyperParameterTuningJob", "sagemaker:DescribeHyperParameterTuningJob",
      "sagemaker:StopHyperParameterTuningJob", "sagemaker:AddTags", "sagemaker:ListTags",
    ]
    resources = [local.tuning_jobs]
  }
  statement {
    sid       = "FindTheModel"
    actions   = ["sagemaker:DescribeTrainingJob"]
    resources = [local.training_jobs]
  }
  statement {
    sid       = "PassExecutionRole"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["sagemaker.amazonaws.com"]
    }
  }
  statement {
    sid     = "HearOfTheEnd" # Step Functions makes and keeps this rule
    actions = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    resources = [
      "arn:${local.partition}:events:${local.region}:${local.account}:rule/StepFunctionsGetEventsForSageMakerHyperParameterTuningJobRule",
    ]
  }
  statement {
    sid       = "Announce"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.results.arn]
  }
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
  statement {
    #checkov:skip=CKV_AWS_111:log delivery and X-Ray know no resource
    #checkov:skip=CKV_AWS_356:log delivery and X-Ray know no resource
    sid = "LogAndTrace"
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
      "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_role" "states" {
  name               = "${local.prefix}-states"
  description        = "State machines of ${local.prefix}"
  assume_role_policy = data.aws_iam_policy_document.states_trust.json
}

resource "aws_iam_policy" "states" {
  name   = "${local.prefix}-states"
  policy = data.aws_iam_policy_document.states.json
}

resource "aws_iam_role_policy_attachment" "states" {
  role       = aws_iam_role.states.name
  policy_arn = aws_iam_policy.states.arn
}
