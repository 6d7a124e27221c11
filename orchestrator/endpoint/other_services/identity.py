"""Whose an access key is, and what its owner may do: as moto's IAM and STS have it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import (
    AssumedRoleAccessKey,
    CreateAccessKeyFailure,
    IAMPolicy,
    IAMUserAccessKey,
)
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from orchestrator.endpoint.permissions.policies import BOUNDARY, SESSION, Principal

if TYPE_CHECKING:
    from orchestrator.training.spec import Scope

SESSION_NAME = "amt"
SESSION_SECONDS = 12 * 3600


def account_of(key: str) -> str | None:
    """The account that an access key was made in; None for keys from elsewhere."""
    for account, backends in list(iam_backends.items()):
        if any(key in backend.access_keys for backend in list(backends.values())):
            return str(account)
    return None


def principal(scope: Scope, key: str, token: str | None) -> Principal | None:
    """Who signs with this key and session token; None when nobody does."""
    given = scope.account, scope.partition, key
    try:
        if key.startswith("ASIA") and token is not None:
            return _role(AssumedRoleAccessKey(*given, {"X-Amz-Security-Token": token}), scope, key)
        return _user(IAMUserAccessKey(*given, {}), scope)
    except CreateAccessKeyFailure:
        return None


def trust(role: str) -> dict[str, Any] | None:
    """The trust policy of a role; None when there is no such role."""
    _, partition, _, _, account, _ = role.split(":", 5)
    try:
        found = iam_backends[account][partition].get_role_by_arn(role)
    except NotFoundException:
        return None
    policy: dict[str, Any] = json.loads(found.assume_role_policy_document)
    return policy


def sign_as(scope: Scope, role: str) -> dict[str, str]:
    """What a service signs with when it acts in a role: members of boto3's ``client``."""
    session = sts_backends[scope.account][scope.partition].assume_role(
        region_name=scope.region,
        role_session_name=SESSION_NAME,
        role_arn=role,
        policy="",
        duration=SESSION_SECONDS,
        external_id="",
    )
    return {
        "aws_access_key_id": session.access_key_id,
        "aws_secret_access_key": session.secret_access_key,
        "aws_session_token": session.session_token,
    }


def role_principal(role: str) -> Principal | None:
    """A role itself, as policy simulations see it; None when there is none."""
    _, partition, _, _, account, _ = role.split(":", 5)
    backend = iam_backends[account][partition]
    try:
        found = backend.get_role_by_arn(role)
    except NotFoundException:
        return None
    names = backend.list_role_policies(found.name)
    inline = [backend.get_role_policy(found.name, name)[1] for name in names]
    policies = [*inline, *backend.list_attached_role_policies(found.name)[0]]
    limits = _boundary(backend, found.permissions_boundary_arn)
    return Principal(role, account, role, tuple(map(_document, policies)), limits)


def _role(access: AssumedRoleAccessKey, scope: Scope, key: str) -> Principal:
    sessions = sts_backends[scope.account][scope.partition]
    session = sessions.get_assumed_role_from_access_key(key)
    assert session is not None, "its key was found"
    own = role_principal(session.role_arn)
    limits = () if own is None else own.limits
    if session.policy:
        limits = (*limits, (SESSION, json.loads(session.policy)))
    context = {
        "aws:principalarn": [session.role_arn],
        "aws:principalaccount": [scope.account],
        "aws:principaltype": ["AssumedRole"],
        "aws:userid": [session.user_id],
    }
    policies = () if own is None else own.policies
    return Principal(access.arn, scope.account, session.role_arn, policies, limits, context)


def _user(access: IAMUserAccessKey, scope: Scope) -> Principal:
    name = access.arn.rpartition("/")[2]
    user = access.backend.get_user(name)
    context = {
        "aws:principalarn": [access.arn],
        "aws:principalaccount": [scope.account],
        "aws:principaltype": ["User"],
        "aws:username": [name],
        "aws:userid": [user.id],
    }
    policies = tuple(map(_document, access.collect_policies()))
    return Principal(access.arn, scope.account, "", policies, (), context)


def _boundary(backend: Any, arn: str | None) -> tuple[tuple[str, dict[str, Any]], ...]:  # noqa: ANN401
    if not arn:
        return ()
    try:
        return ((BOUNDARY, _document(backend.get_policy(arn))),)
    except NotFoundException:
        return ((BOUNDARY, {"Statement": []}),)


def _document(policy: object) -> dict[str, Any]:
    """A policy's document, in whichever form moto hands it out."""
    found: dict[str, Any] = IAMPolicy(policy)._policy_json  # noqa: SLF001  (its three forms are moto's business)
    return found
