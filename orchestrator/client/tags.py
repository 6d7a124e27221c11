"""Tags of a job by their keys, on any endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.client import tuning_jobs
from orchestrator.client.errors import translated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.client.session import Connection


def of(connection: Connection, arn: str) -> dict[str, str]:
    """The tags of a job by their keys; AWS's own are left out."""
    return {tag["Key"]: tag["Value"] for tag in tuning_jobs.tags(connection, arn)}


def add(connection: Connection, arn: str, tags: Mapping[str, str]) -> None:
    """Give a job tags; a key that it has gets the new value."""
    with translated(connection, resource=arn):
        connection.sagemaker.add_tags(ResourceArn=arn, Tags=written(tags))


def written(tags: Mapping[str, str]) -> list[Any]:
    """Tags as a request has them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
