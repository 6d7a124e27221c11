"""Tags of a job, on any endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Connection


def of(connection: Connection, arn: str) -> dict[str, str]:
    """Every tag of a job by its key."""
    found: dict[str, str] = {}
    more: dict[str, Any] = {}
    with translated(connection):
        while True:
            answer = connection.sagemaker.list_tags(ResourceArn=arn, **more)
            found |= {tag["Key"]: tag["Value"] for tag in answer["Tags"]}
            if not answer.get("NextToken"):
                return found
            more = {"NextToken": answer["NextToken"]}


def add(connection: Connection, arn: str, tags: Mapping[str, str]) -> None:
    """Give a job tags; a key that it has gets the new value."""
    with translated(connection):
        connection.sagemaker.add_tags(ResourceArn=arn, Tags=written(tags))


def written(tags: Mapping[str, str]) -> list[Any]:
    """Tags as a request has them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
