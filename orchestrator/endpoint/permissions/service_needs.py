"""What a request to any service but S3 does, with the resource it does it to.

Resources are those of the service authorization reference for the services of tuning
pipelines; for what is not told here, ``*``, which a statement about one resource does not cover.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.permissions.policies import Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orchestrator.training.spec import Scope

    Document = Mapping[str, Any]
    Context = dict[str, list[str]]

PREFIXES = {
    "SageMaker": "sagemaker",
    "Logs_20140328": "logs",
    "AWSStepFunctions": "states",
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "TrentService": "kms",
    "AmazonEC2ContainerRegistry_V20150921": "ecr",
    "AWSBudgetServiceGateway": "budgets",
    "GraniteServiceVersion20100801": "cloudwatch",
}
"""The service that a JSON request's target begins with, as actions call it."""

SIGNED = {"monitoring": "cloudwatch", "email": "ses"}
"""Services that sign by another name than their actions have."""

_ARNS = {
    "sagemaker": ("ResourceArn",),
    "states": ("stateMachineArn", "executionArn", "resourceArn"),
    "sns": ("TopicArn", "TargetArn", "ResourceArn"),
    "iam": ("PolicyArn",),
    "sts": ("RoleArn",),
    "budgets": ("ResourceARN",),
    "ecr": ("resourceArn",),
    "events": ("ResourceARN",),
}
_NAMED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "sagemaker": (
        ("HyperParameterTuningJobName", "hyper-parameter-tuning-job/{}"),
        ("TrainingJobName", "training-job/{}"),
        ("PipelineName", "pipeline/{}"),
        ("ModelName", "model/{}"),
    ),
    "states": (("name", "stateMachine:{}"),),
    "sns": (("Name", "{}"),),
    "sqs": (("QueueName", "{}"),),
    "logs": (("logGroupName", "log-group:{}"),),
    "events": (("Rule", "rule/{}"), ("Name", "rule/{}")),
    "ecr": (("repositoryName", "repository/{}"),),
    "iam": (
        ("RoleName", "role/{}"),
        ("UserName", "user/{}"),
        ("PolicyName", "policy/{}"),
        ("GroupName", "group/{}"),
    ),
}
"""By service: a member with a name, and the end of the ARN it stands for."""

_LOWER = frozenset({"hyper-parameter-tuning-job/{}", "training-job/{}"})
"""ARNs that have the name in lower case (observed)."""

_GLOBAL = frozenset({"iam", "budgets"})
_PASSED = {
    "sagemaker": "sagemaker.amazonaws.com",
    "states": "states.amazonaws.com",
    "events": "events.amazonaws.com",
}
"""The services that a role is passed to (``iam:PassedToService``)."""

_TAGGING = {"sagemaker": "sagemaker:AddTags", "states": "states:TagResource"}
_LISTINGS = ("List", "Search")


def needs(service: str, operation: str, request: Document, scope: Scope) -> list[Need]:
    """Everything that a request does: its action, the roles it passes, the tags it puts."""
    if service == "cloudwatch" or (service, operation) == ("events", "PutEvents"):
        return [Need(f"{service}:{operation}", _first(service, request, scope), _context(request))]
    resource = _resource(service, operation, request, scope)
    context = _context(request)
    found = [Need(_action(service, operation), resource, context)]
    if service in _PASSED:
        passed = {"iam:passedtoservice": [_PASSED[service]]}
        roles = sorted(set(_roles(request)))
        found += [Need("iam:PassRole", role, passed) for role in roles]
    if service in _TAGGING and operation.startswith("Create") and _tags(request):
        found.append(Need(_TAGGING[service], resource, context))
    return found


def _action(service: str, operation: str) -> str:
    if service == "budgets" and "Tag" not in operation:
        return "budgets:ViewBudget" if operation.startswith("Describe") else "budgets:ModifyBudget"
    return f"{service}:{operation}"


def _resource(service: str, operation: str, request: Document, scope: Scope) -> str:
    if service == "sagemaker" and operation.startswith(_LISTINGS):
        named = request.get("HyperParameterTuningJobName") or request.get("ResourceArn")
        if not named:
            return "*"
    for member in _ARNS.get(service, ()):
        if isinstance(request.get(member), str) and request[member].startswith("arn:"):
            return str(request[member])
    if service == "sqs" and isinstance(request.get("QueueUrl"), str):
        return _arn("sqs", request["QueueUrl"].rpartition("/")[2], scope)
    if service == "kms" and isinstance(request.get("KeyId"), str):
        key = request["KeyId"]
        return key if key.startswith("arn:") else _arn("kms", f"key/{key}", scope)
    return _first(service, request, scope)


def _first(service: str, request: Document, scope: Scope) -> str:
    for member, form in _NAMED.get(service, ()):
        name = request.get(member)
        if isinstance(name, str) and name:
            told = name.lower() if form in _LOWER else name
            return _arn(
                service, form.format(told.rpartition(":")[2] if service == "logs" else told), scope
            )
    return "*"


def _arn(service: str, rest: str, scope: Scope) -> str:
    region = "" if service in _GLOBAL else scope.region
    return f"arn:{scope.partition}:{service}:{region}:{scope.account}:{rest}"


def _roles(part: Any) -> Iterator[str]:  # noqa: ANN401  (any JSON value)
    """Every role that a request hands to the service, wherever it stands."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name in {"RoleArn", "roleArn", "ExecutionRoleArn"} and isinstance(value, str):
                yield value
            else:
                yield from _roles(value)
    elif isinstance(part, list):
        for each in part:
            yield from _roles(each)


def _tags(request: Document) -> list[tuple[str, str]]:
    """The tags that a request gives, in whichever spelling."""
    found = request.get("Tags") or request.get("tags") or ()
    return [
        (str(each.get("Key", each.get("key"))), str(each.get("Value", each.get("value", ""))))
        for each in (found if isinstance(found, list) else ())
        if isinstance(each, dict)
    ]


def _context(request: Document) -> Context:
    found: Context = {}
    if tags := _tags(request):
        found["aws:tagkeys"] = [key for key, _ in tags]
        found |= {f"aws:requesttag/{key.lower()}": [value] for key, value in tags}
    if isinstance(request.get("Namespace"), str):
        found["cloudwatch:namespace"] = [request["Namespace"]]
    for key, gather in _SAGEMAKER.items():
        if values := sorted(set(gather(request))):
            found[key] = values
    return found


def _everywhere(*names: str) -> Callable[[Any], Iterator[str]]:
    """A reader of the values that members of these names have, wherever they stand."""

    def read(part: Any) -> Iterator[str]:  # noqa: ANN401
        if isinstance(part, dict):
            for name, value in part.items():
                if name in names and not isinstance(value, dict | list):
                    yield str(value).lower() if isinstance(value, bool) else str(value)
                yield from read(value)
        elif isinstance(part, list):
            for each in part:
                yield from read(each)

    return read


_SAGEMAKER = {
    "sagemaker:instancetypes": _everywhere("InstanceType"),
    "sagemaker:networkisolation": _everywhere("EnableNetworkIsolation"),
    "sagemaker:intercontainertrafficencryption": _everywhere(
        "EnableInterContainerTrafficEncryption"
    ),
    "sagemaker:volumekmskey": _everywhere("VolumeKmsKeyId"),
    "sagemaker:outputkmskey": _everywhere("KmsKeyId"),
    "sagemaker:maxruntimeinseconds": _everywhere("MaxRuntimeInSeconds"),
}
"""Condition keys of SageMaker about a job that is created (documented)."""
