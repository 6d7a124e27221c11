# What training may do: read data and code, write models and checkpoints, print.

data "aws_iam_policy_document" "execution_trust" {
  statement {
    sid     = "SageMaker"
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["sagemaker.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid     = "ReadDataAndCode"
    actions = ["s3:GetObject"]
    resources = [
      "${aws_s3_bucket.this["data"].arn}/*",
      "${aws_s3_bucket.this["artifacts"].arn}/amt/*",
    ]
  }
  statement {
    sid     = "WriteOutputs"
    actions = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = [
      "${aws_s3_bucket.this["artifacts"].arn}/amt/output/*",
      "${aws_s3_bucket.this["artifacts"].arn}/amt/checkpoints/*",
    ]
  }
  statement {
    sid       = "FindInputs"
    actions   = ["s3:ListBucket", "s3:GetBucketLocation"]
    resources = [aws_s3_bucket.this["data"].arn, aws_s3_bucket.this["artifacts"].arn]
  }
  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = concat([aws_ecr_repository.trainer.arn], var.trainer_image_repositories)
  }
  statement {
    #checkov:skip=CKV_AWS_356:ecr:GetAuthorizationToken knows no resource
    sid       = "LogInToECR"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid       = "PrintLogs"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    resources = [local.training_logs, "${local.training_logs}:*"]
  }
  statement {
    sid       = "SendMetrics"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]
    condition {
      test     = "StringLike"
      variable = "cloudwatch:namespace"
      values   = ["/aws/sagemaker/*"]
    }
  }
  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = [local.key_arn]
  }
}

resource "aws_iam_role" "execution" {
  name               = "${local.prefix}-execution"
  description        = "Training jobs of ${local.prefix}"
  assume_role_policy = data.aws_iam_policy_document.execution_trust.json
}

resource "aws_iam_policy" "execution" {
  name   = "${local.prefix}-execution"
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = aws_iam_policy.execution.arn
}
