"""What stands before moto: operations answered in its place, and requests mended on their way.

Each is a function of the caller's scope and of the request's document. One that returns a
document has answered; one that returns nothing lets moto answer the request, as changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint import protocols
from orchestrator.endpoint.other_services import budgets, log_group, state_machines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orchestrator.training.spec import Scope

    Shim = Callable[[Scope, dict[str, Any]], dict[str, Any] | None]

EVENTS = "AWSEvents"
VERSIONS = {state_machines.TARGET: "1.0"}
"""Of the JSON protocol, where it is not 1.1."""


class Shims:
    """Every operation of the JSON protocol that is looked at before moto sees it.

    Args:
        trained: Whether an account and region has training jobs.
    """

    def __init__(self, trained: Callable[[Scope], bool]) -> None:
        self._budgets = budgets.Budgets()
        self._log_group = log_group.LogGroup(trained)
        self._by_target: Mapping[str, Mapping[str, Shim]] = {
            budgets.TARGET: {
                "CreateBudget": self._budgets.created,
                "DescribeSubscribersForNotification": self._budgets.subscribers,
                "ListTagsForResource": self._budgets.tags,
                "TagResource": self._budgets.tag,
                "UntagResource": self._budgets.untag,
            },
            log_group.TARGET: dict.fromkeys(log_group.OPERATIONS, self._log_group.shown),
            EVENTS: {"PutEvents": _put_events},
            state_machines.TARGET: {
                "CreateStateMachine": state_machines.checked,
                "ListStateMachineVersions": state_machines.versions,
                "StartExecution": state_machines.named,
                "StartSyncExecution": state_machines.named,
                "UpdateStateMachine": state_machines.checked,
                "ValidateStateMachineDefinition": state_machines.validate,
            },
        }

    def forget(self) -> None:
        """Everything was deleted."""
        self._budgets.forget()
        self._log_group.forget()

    def answer(
        self, scope: Scope, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        """The answer to a request that has a shim; None when moto is to answer it.

        Raises:
            Refused: The request cannot be done.
        """
        target, _, name = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        shim = self._by_target.get(target, {}).get(name)
        if shim is None:
            return None
        request = protocols.document(environ)
        said = shim(scope, request)
        if said is None:
            protocols.rewrite(environ, json.dumps(request).encode())
            return None
        kind = f"application/x-amz-json-{VERSIONS.get(target, '1.1')}"
        return protocols.answer(start_response, kind, json.dumps(said))


def _put_events(scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
    from orchestrator.endpoint.other_services import event_targets  # noqa: PLC0415  (moto is lazy)

    return event_targets.put_by_users(scope, request)
