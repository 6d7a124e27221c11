"""What moto's budgets lack and Terraform asks: who is told, and the tags of a budget."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.protocols import Refused

if TYPE_CHECKING:
    from orchestrator.training.spec import Scope

TARGET = "AWSBudgetServiceGateway"
_TOLD_BY = ("NotificationType", "ComparisonOperator", "Threshold")

Document = dict[str, Any]


class Budgets:
    """The operations that are answered in moto's place, and the tags, which it has not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tags: dict[str, dict[str, str]] = {}

    def forget(self) -> None:
        """Everything was deleted."""
        with self._lock:
            self._tags.clear()

    def created(self, scope: Scope, request: Document) -> None:
        """Keep the tags of a budget that moto is to make."""
        from moto.budgets.models import budgets_backends  # noqa: PLC0415  (moto is lazy)

        budget = request.get("Budget") or {}
        account, name = request.get("AccountId", scope.account), budget.get("BudgetName", "")
        if name in budgets_backends[scope.account]["global"].budgets[account]:
            return  # moto refuses it
        with self._lock:
            arn = f"arn:{scope.partition}:budgets::{account}:budget/{name}"
            self._tags[arn] = _by_key(request.get("ResourceTags"))

    def tags(self, _: Scope, request: Document) -> Document:
        """ListTagsForResource."""
        with self._lock:
            tags = self._tags.get(request.get("ResourceARN", ""), {})
            return {"ResourceTags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def tag(self, _: Scope, request: Document) -> Document:
        """TagResource."""
        with self._lock:
            tags = self._tags.setdefault(request.get("ResourceARN", ""), {})
            tags.update(_by_key(request.get("ResourceTags")))
        return {}

    def untag(self, _: Scope, request: Document) -> Document:
        """UntagResource."""
        with self._lock:
            tags = self._tags.get(request.get("ResourceARN", ""), {})
            for key in request.get("ResourceTagKeys") or ():
                tags.pop(key, None)
        return {}

    def subscribers(self, scope: Scope, request: Document) -> Document:
        """DescribeSubscribersForNotification.

        Raises:
            Refused: There is no such budget or notification.
        """
        from moto.budgets.models import budgets_backends  # noqa: PLC0415  (moto is lazy)

        account = request.get("AccountId", scope.account)
        budgets = budgets_backends[scope.account]["global"].budgets[account]
        wanted = request.get("Notification") or {}
        budget = budgets.get(request.get("BudgetName", ""))
        for notification in budget.notifications if budget else ():
            details = notification.details
            if all(details.get(name) == wanted.get(name) for name in _TOLD_BY):
                return {"Subscribers": notification.subscribers}
        raise Refused("NotFoundException", "Unable to find the notification of that budget.")


def _by_key(tags: object) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags} if isinstance(tags, list) else {}
