# What people and pipelines may do: upload code, start tuning jobs of this environment, by the
# state machines or directly, follow them and fetch what they made.

locals {
  github_issuer = "token.actions.githubusercontent.com"
  github        = var.github_repository == null ? [] : [var.github_repository]
  # Where nobody is named, this account's own policies say who may take the role.
  launcher_principals = (
    length(var.launcher_principals) + length(local.github) > 0
    ? var.launcher_principals
    : ["arn:${local.partition}:iam::${local.account}:root"]
  )
  github_provider = var.github_oidc_provider_arn == null ? one(aws_iam_openid_connect_provider.github[*].arn) : var.github_oidc_provider_arn
}

resource "aws_iam_openid_connect_provider" "github" {
  count          = var.github_repository != null && var.github_oidc_provider_arn == null ? 1 : 0
  url            = "https://${local.github_issuer}"
  client_id_list = ["sts.amazonaws.com"]
  # IAM trusts GitHub's certificate authority by itself; older providers still ask for a value.
  thumbprint_list = ["6938fd4d98bab03faadb97b34396831e3780aea1"]
}

data "aws_iam_policy_document" "launcher_trust" {
  dynamic "statement" {
    for_each = length(local.launcher_principals) == 0 ? [] : [local.launcher_principals]
    content {
      sid     = "Named"
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
  dynamic "statement" {
    for_each = local.github
    content {
      sid     = "GitHub"
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = [local.github_provider]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.github_issuer}:aud"
        values   = ["sts.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.github_issuer}:sub"
        values = [
          "repo:${statement.value}:ref:refs/heads/${var.github_branch}",
          "repo:${statement.value}:environment:${var.environment}",
        ]
      }
    }
  }
}

data "aws_iam_policy_document" "launcher" {
  statement {
    sid       = "StartExecutions"
    actions   = ["states:StartExecution", "states:ListExecutions", "states:DescribeStateMachine"]
    resources = values(local.state_machine_arns)
  }
  statement {
    sid       = "FollowExecutions"
    actions   = ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"]
    resources = [for arn in values(local.state_machine_arns) : "${replace(arn, ":stateMachine:", ":execution:")}:*"]
  }
  statement {
    sid = "TuneDirectly"
    actions = [
      "sagemaker:CreateHyperParameterTuningJob", "sagemaker:DescribeHyperParameterTuningJob",
      "sagemaker:StopHyperParameterTuningJob", "sagemaker:DeleteHyperParameterTuningJob",
      "sagemaker:ListTrainingJobsForHyperParameterTuningJob", "sagemaker:AddTags", "sagemaker:ListTags",
    ]
    resources = [local.tuning_jobs]
  }
  statement {
    sid       = "ReadTrainingJobs"
    actions   = ["sagemaker:DescribeTrainingJob", "sagemaker:StopTrainingJob", "sagemaker:ListTags"]
    resources = [local.training_jobs]
  }
  statement {
    #checkov:skip=CKV_AWS_356:these lists know no resource
    sid       = "ListJobs"
    actions   = ["sagemaker:ListHyperParameterTuningJobs", "sagemaker:ListTrainingJobs"]
    resources = ["*"]
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
    sid     = "UploadCodeAndChannels"
    actions = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = [
      "${aws_s3_bucket.this["artifacts"].arn}/amt/sources/*",
      "${aws_s3_bucket.this["data"].arn}/amt/channels/*",
    ]
  }
  statement {
    sid     = "FetchOutputsAndSeeWhatIsThere"
    actions = ["s3:GetObject"]
    resources = [
      "${aws_s3_bucket.this["artifacts"].arn}/amt/*",
      "${aws_s3_bucket.this["data"].arn}/amt/channels/*",
    ]
  }
  statement {
    sid       = "FindOutputs"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [aws_s3_bucket.this["artifacts"].arn, aws_s3_bucket.this["data"].arn]
  }
  statement {
    sid       = "LookAtExecutionRole"
    actions   = ["iam:GetRole"]
    resources = [aws_iam_role.execution.arn]
  }
  statement {
    #checkov:skip=CKV_AWS_356:quotas and prices know no resource
    sid       = "Plan"
    actions   = ["servicequotas:ListServiceQuotas", "pricing:GetProducts"]
    resources = ["*"]
  }
  statement {
    sid       = "ReadTrainingLogs"
    actions   = ["logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents"]
    resources = [local.training_logs, "${local.training_logs}:*"]
  }
  statement {
    sid       = "TakeResults"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.results.arn]
  }
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [local.key_arn]
  }
}

resource "aws_iam_role" "launcher" {
  name               = "${local.prefix}-launcher"
  description        = "Whoever launches tuning jobs of ${local.prefix}"
  assume_role_policy = data.aws_iam_policy_document.launcher_trust.json
}

resource "aws_iam_policy" "launcher" {
  name   = "${local.prefix}-launcher"
  policy = data.aws_iam_policy_document.launcher.json
}

resource "aws_iam_role_policy_attachment" "launcher" {
  role       = aws_iam_role.launcher.name
  policy_arn = aws_iam_policy.launcher.arn
}
