"""The log group of training jobs among moto's: listed, tagged and kept for as long as others.

SageMaker makes the group with the first training job of an account and region (documented).
Its streams and events are answered from our books; its retention and tags are moto's to keep.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.log_streams import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.training.spec import Scope

TARGET = "Logs_20140328"
OPERATIONS = (
    "DeleteLogGroup", "DeleteRetentionPolicy", "DescribeLogGroups", "ListTagsForResource",
    "ListTagsLogGroup", "PutRetentionPolicy", "TagLogGroup", "TagResource", "UntagLogGroup",
    "UntagResource",
)  # fmt: skip


class LogGroup:
    """Shows the group once there are training jobs; whoever deletes it then has deleted it.

    Args:
        trained: Whether an account and region has training jobs.
    """

    def __init__(self, trained: Callable[[Scope], bool]) -> None:
        self._trained = trained
        self._lock = threading.Lock()
        self._shown: set[Scope] = set()

    def forget(self) -> None:
        """Everything was deleted."""
        with self._lock:
            self._shown.clear()

    def shown(self, scope: Scope, _: dict[str, Any]) -> None:
        """Have moto know the group, before it answers a request about groups."""
        from moto.logs.models import logs_backends  # noqa: PLC0415  (moto is lazy)

        with self._lock:
            if scope in self._shown or not self._trained(scope):
                return
            groups = logs_backends[scope.account][scope.region]
            if GROUP not in groups.groups:
                groups.create_log_group(GROUP, {})
            self._shown.add(scope)
