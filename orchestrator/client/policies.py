"""What a policy must say for a call that was refused: the exact statement to add to it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SAGEMAKER = "sagemaker.amazonaws.com"

_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "HeadBucket": ("s3:ListBucket",),
    "ListObjectsV2": ("s3:ListBucket",),
    "HeadObject": ("s3:GetObject", "s3:ListBucket"),
    "GetObject": ("s3:GetObject",),
    "PutObject": ("s3:PutObject",),
    "CopyObject": ("s3:GetObject", "s3:PutObject"),
    "CreateMultipartUpload": ("s3:PutObject", "s3:AbortMultipartUpload"),
    "UploadPart": ("s3:PutObject",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "CreateBucket": ("s3:CreateBucket",),
    "PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "GetRole": ("iam:GetRole",),
    "DescribeStacks": ("cloudformation:DescribeStacks",),
    "DescribeLogStreams": ("logs:DescribeLogStreams",),
    "GetLogEvents": ("logs:GetLogEvents",),
    "FilterLogEvents": ("logs:FilterLogEvents",),
}
"""The actions behind operations whose refusal may come without words (a HEAD has no body)."""

_SAID = re.compile(
    r"(?:User: (?P<who>\S+) is )?not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: \"?(?P<resource>[^\s\"]+))?"
)
_DENIED = re.compile(r"with an explicit deny(?P<where> in [\w -]+)?")

_TRUSTED = {
    "Effect": "Allow",
    "Principal": {"Service": _SAGEMAKER},
    "Action": "sts:AssumeRole",
}
TRUST = (
    "SageMaker must be allowed to take the role: this statement belongs into its trust policy: "
    f"{json.dumps(_TRUSTED)}"
)
"""The mend for a role that SageMaker cannot assume."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that was not allowed.

    Attributes:
        message: What the service said.
        operation: The operation's name, for services that do not name the action.
        resource: ARN of what it touched, where the message does not name it.
    """

    message: str
    operation: str = ""
    resource: str = "*"


def permission(refusal: Refusal) -> str:
    """What is missing and the statement that gives it, in words."""
    found = _SAID.search(refusal.message)
    if denied := _DENIED.search(refusal.message):
        where = denied["where"] or ""
        return (
            f"This is denied explicitly{where}, which no other statement can allow: "
            f"{refusal.message}"
        )
    statement = _statement(refusal, found)
    if statement is None:
        return f"The credentials do not allow this. {refusal.message}"
    who = found["who"] if found and found["who"] else "these credentials"
    actions = statement["Action"]
    told = actions if isinstance(actions, str) else " and ".join(actions)
    return f"No policy of {who} allows {told}. Add this statement to one: {json.dumps(statement)}"


def _statement(refusal: Refusal, found: re.Match[str] | None) -> dict[str, Any] | None:
    if found is None:
        actions = _ACTIONS.get(refusal.operation)
        if actions is None:
            return None
        return _allow(list(actions) if len(actions) > 1 else actions[0], refusal.resource)
    resource = (found["resource"] or refusal.resource).rstrip(".")
    statement = _allow(found["action"], resource)
    if found["action"] == "iam:PassRole":
        statement["Condition"] = {"StringEquals": {"iam:PassedToService": _SAGEMAKER}}
    return statement


def _allow(action: str | list[str], resource: str) -> dict[str, Any]:
    resources: str | list[str] = resource
    if resource.startswith("arn:") and ":s3:::" in resource and isinstance(action, list):
        bucket = resource.partition("/")[0]  # ListBucket is asked of the bucket itself
        resources = [bucket, f"{bucket}/*"]
    return {"Effect": "Allow", "Action": action, "Resource": resources}
