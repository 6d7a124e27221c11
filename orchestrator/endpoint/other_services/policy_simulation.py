"""IAM's SimulatePrincipalPolicy for roles, where policies are enforced."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from orchestrator.endpoint.permissions.policies import Need, Principal, refusal
from orchestrator.endpoint.protocols import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


def answer(form: Mapping[str, str], role: Callable[[str], Principal | None]) -> str:
    """The answer's XML: one evaluation for each action and resource.

    Args:
        form: The request.
        role: Finds a role by its ARN.

    Raises:
        Refused: There is no such role.
    """
    source = form.get("PolicySourceArn", "")
    principal = role(source)
    if principal is None:
        raise Refused("NoSuchEntity", f"The role {source} cannot be found.")
    context = _context(form)
    rows = "".join(
        _row(action, resource, refusal(principal, Need(action, resource, context)))
        for action in _members(form, "ActionNames")
        for resource in _members(form, "ResourceArns") or ["*"]
    )
    result = f"<IsTruncated>false</IsTruncated><EvaluationResults>{rows}</EvaluationResults>"
    name = "SimulatePrincipalPolicy"
    about = "<ResponseMetadata><RequestId>amt</RequestId></ResponseMetadata>"
    inside = f"<{name}Result>{result}</{name}Result>{about}"
    return f'<{name}Response xmlns="{NAMESPACE}">{inside}</{name}Response>'


def _row(action: str, resource: str, why: str | None) -> str:
    denied = "explicitDeny" if why and "explicit" in why else "implicitDeny"
    decision = "allowed" if why is None else denied
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{decision}</EvalDecision>"
        "<MatchedStatements/><MissingContextValues/></member>"
    )


def _members(form: Mapping[str, str], name: str) -> list[str]:
    """A list of a form, in its order."""
    found = {
        int(number): text
        for key, text in form.items()
        if (number := key.removeprefix(f"{name}.member.")).isdigit()
    }
    return [found[number] for number in sorted(found)]


def _context(form: Mapping[str, str]) -> dict[str, list[str]]:
    context: dict[str, list[str]] = {}
    for key, text in form.items():
        found = re.fullmatch(r"ContextEntries\.member\.(\d+)\.ContextKeyName", key)
        if found:
            values = _members(form, f"ContextEntries.member.{found[1]}.ContextKeyValues")
            context[text.lower()] = values
    return context
