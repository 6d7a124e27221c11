"""What policies say of an action: allowed, denied, or nothing (documented logic).

A policy that denies wins over any that allows. A session's own policy and a boundary allow
nothing; what they do not allow is forbidden.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestrator.endpoint.permissions.conditions import filled, hold, like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orchestrator.endpoint.permissions.conditions import Context

    Policy = Mapping[str, Any]

IDENTITY, RESOURCE = "an identity-based policy", "a resource-based policy"
SESSION, BOUNDARY = "a session policy", "a permissions boundary"
EXPLICIT = "with an explicit deny in {kind}"
NONE_ALLOWS = "because no {kind} allows the {action} action"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        arn: As it stands in refusals.
        role: ARN of the role that was assumed; empty for users.
        policies: What its identity is allowed.
        limits: Session policies and boundaries, with what each is called in refusals.
        context: Condition keys about it.
    """

    arn: str
    account: str
    role: str = ""
    policies: tuple[Policy, ...] = ()
    limits: tuple[tuple[str, Policy], ...] = ()
    context: Context = field(default_factory=dict)


class Need(NamedTuple):
    """One thing that a request does, to which resource, with which condition keys."""

    action: str
    resource: str
    context: Context


def refusal(who: Principal, need: Need, resource_policy: Policy | None = None) -> str | None:
    """Why somebody may not do something, in AWS's words; None when they may."""
    asked = Need(need.action, need.resource, {**need.context, **who.context})
    own = _verdict(who.policies, asked)
    limits = [(kind, _verdict([limit], asked)) for kind, limit in who.limits]
    theirs = None if resource_policy is None else _verdict([resource_policy], asked, who)
    for kind, verdict in ((IDENTITY, own), *limits, (RESOURCE, theirs)):
        if verdict is False:
            return EXPLICIT.format(kind=kind)
    for kind, verdict in ((IDENTITY, own or theirs), *limits):
        if not verdict:
            return NONE_ALLOWS.format(kind=kind.partition(" ")[2], action=need.action)
    return None


def trusts(policy: Policy, who: Principal, need: Need) -> bool:
    """True when a role's trust policy lets somebody assume it."""
    asked = Need(need.action, need.resource, {**need.context, **who.context})
    return _verdict([policy], asked, who) is True


def statements(policy: Policy) -> list[Mapping[str, Any]]:
    """A policy's statements; it may have one without a list."""
    found = policy.get("Statement") or []
    return found if isinstance(found, list) else [found]


def _verdict(
    policies: Iterable[Policy], asked: Need, principal: Principal | None = None
) -> bool | None:
    """False: denied, True: allowed, None: neither."""
    allowed: bool | None = None
    for policy in policies:
        for statement in statements(policy):
            if not _concerns(statement, asked, principal):
                continue
            if statement.get("Effect") == "Deny":
                return False
            allowed = True
    return allowed


def _concerns(statement: Mapping[str, Any], asked: Need, principal: Principal | None) -> bool:
    return (
        _named(statement, "Action", lambda text: like(text.lower(), asked.action.lower()))
        and _named(
            statement, "Resource", lambda text: _covers(filled(text, asked.context), asked.resource)
        )
        and (principal is None or _named(statement, "Principal", lambda _: True, principal))
        and hold(statement.get("Condition") or {}, asked.context)
    )


def _covers(pattern: str, resource: str) -> bool:
    """A log group is also written with ``:*`` behind it (documented)."""
    return like(pattern, resource) or (":log-group:" in resource and like(pattern, f"{resource}:*"))


def _named(
    statement: Mapping[str, Any],
    field_name: str,
    matches: Callable[[str], bool],
    principal: Principal | None = None,
) -> bool:
    """Whether one of the texts below ``Field``, or none of those below ``NotField``, matches."""
    if field_name in statement:
        found = statement[field_name]
        return _is(found, principal) if principal else any(map(matches, _texts(found)))
    if f"Not{field_name}" in statement:
        found = statement[f"Not{field_name}"]
        return not (_is(found, principal) if principal else any(map(matches, _texts(found))))
    return field_name == "Resource"  # a role's trust policy has none


def _is(found: Any, who: Principal) -> bool:  # noqa: ANN401  (whatever a policy has)
    """Whether a principal is one of those a statement names."""
    if found == "*":
        return True
    root = f"arn:{who.arn.split(':')[1]}:iam::{who.account}:root"
    known = {"*", who.arn, who.role, who.account, root} - {""}
    return any(text in known for text in _texts(found.get("AWS", [])))


def _texts(found: Any) -> list[str]:  # noqa: ANN401
    return [str(each) for each in found] if isinstance(found, list) else [str(found)]
