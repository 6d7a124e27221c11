"""The role that training jobs take: by its name, or the one this environment has itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated
from orchestrator.client.policies import TRUST
from orchestrator.errors import BadInput, Fault, JobNotFound, Unreachable
from orchestrator.wire import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Cloud, Connection

_FIELD = "training.role"
_ASSUMED = re.compile(r"arn:[\w-]+:sts::\d+:assumed-role/(?P<name>[^/]+)/")
_SERVICE = "sagemaker.amazonaws.com"
_MANAGED = "AmazonSageMaker"
"""How the roles begin that SageMaker's console makes; they stand under ``service-role/``."""


def named(connection: Connection, name: str) -> str:
    """The ARN of the role called `name`; an emulator has every role.

    Raises:
        BadInput: There is none, or SageMaker may not take it.
        Unreachable: IAM does not say.
    """
    if connection.cloud is None:
        return f"arn:{names.partition(connection.region)}:iam::{connection.account}:role/{name}"
    role = _role(connection, connection.cloud, name)
    if role is None:
        problem = f"is no role of account {connection.cloud.account}"
        mend = "Write the name or the ARN of one; `aws iam list-roles` shows them."
        raise BadInput([Fault(_FIELD, problem, name, mend)])
    if not _trusts_sagemaker(role):
        raise BadInput([Fault(_FIELD, "does not trust SageMaker", name, TRUST)])
    return str(role["Arn"])


def default(connection: Connection) -> str:
    """The role of a job that names none: the endpoint's, or the one these credentials are of.

    Raises:
        BadInput: There is none.
    """
    if connection.default_role is not None or connection.cloud is None:
        return str(connection.default_role)
    caller = connection.cloud.caller
    found = _ASSUMED.match(caller)
    own = _own(connection, connection.cloud, found["name"]) if found else None
    if own is not None:
        return own
    problem = f"is missing, and {caller} is no role that SageMaker may take"
    mend = "Write training.role, a name or an ARN, or take the role of a stack with --stack."
    raise BadInput([Fault(_FIELD, problem, mend=mend)])


def _own(connection: Connection, cloud: Cloud, name: str) -> str | None:
    try:
        role = _role(connection, cloud, name)
    except Unreachable:
        if not name.startswith(_MANAGED):
            return None
        where = names.partition(connection.region)
        return f"arn:{where}:iam::{cloud.account}:role/service-role/{name}"
    return str(role["Arn"]) if role is not None and _trusts_sagemaker(role) else None


def _role(connection: Connection, cloud: Cloud, name: str) -> Mapping[str, Any] | None:
    where = f"arn:{names.partition(connection.region)}:iam::{cloud.account}:role/{name}"
    try:
        with translated(connection, resource=where):
            return cloud.iam.get_role(RoleName=name)["Role"]
    except JobNotFound:
        return None


def _trusts_sagemaker(role: Mapping[str, Any]) -> bool:
    return _SERVICE in json.dumps(role.get("AssumeRolePolicyDocument", {}))
