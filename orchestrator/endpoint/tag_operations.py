"""Tags of tuning and training jobs. A job's first tags are its create request's.

A child has the tags that its tuning job has when it is launched; from then on each has its own
(documented: AddTags on a tuning job reaches later children only, DeleteTags never a child).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.endpoint import refusals
from orchestrator.errors import JobNotFound
from orchestrator.store.protocol import JobKind
from orchestrator.wire import names, paging
from orchestrator.wire.faults import ResourceNotFound, ValidationException
from orchestrator.wire.rules.tags import tag_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.endpoint.emulator import Answer, Call, Request
    from orchestrator.store.protocol import JobRow, Tags

MOST_TAGS = 50
"""Of one resource (documented)."""


def add_tags(call: Call, request: Request) -> Answer:
    """AddTags: a key that is there gets the new value; the answer has all tags of the job."""
    refusals.first(list(tag_faults(request)))
    added = {tag["Key"]: tag["Value"] for tag in request["Tags"]}

    def change(tags: Tags) -> Tags:
        merged = tuple((dict(tags) | added).items())
        if len(merged) > MOST_TAGS:
            raise ValidationException(
                f"A resource has at most {MOST_TAGS} tags; {request['ResourceArn']} would have "
                f"{len(merged)}."
            )
        return merged

    _retag(call, request, change)
    return {"Tags": written(_row(call, request["ResourceArn"]).tags)}


def delete_tags(call: Call, request: Request) -> Answer:
    """DeleteTags: a key that is not there is no fault (our reading)."""
    keys = set(request["TagKeys"])
    _retag(call, request, lambda tags: tuple(tag for tag in tags if tag[0] not in keys))
    return {}


def list_tags(call: Call, request: Request) -> Answer:
    """ListTags, all on one page: a job has no more tags than a page must have room for."""
    paging.position(call.operation, request)
    return {"Tags": written(_row(call, request["ResourceArn"]).tags)}


def written(tags: Tags) -> list[Answer]:
    """Tags as the API writes them."""
    return [{"Key": key, "Value": value} for key, value in tags]


def _retag(call: Call, request: Request, change: Callable[[Tags], Tags]) -> None:
    text = request["ResourceArn"]
    try:
        call.emulator.store.retag(_row(call, text).arn, change)
    except JobNotFound:  # deleted a moment ago
        raise _no_resource(text) from None


def _row(call: Call, text: str) -> JobRow:
    arn = names.parse_arn(text)
    kinds = {kind.value for kind in JobKind}
    if arn is None or arn.resource not in kinds:
        raise ValidationException(f"The emulator has no tags of {text}.")
    row = call.row(JobKind(arn.resource), arn.name)
    if row is None or (arn.account, arn.region) != (row.account, row.region):
        raise _no_resource(text)
    return row


def _no_resource(text: str) -> ResourceNotFound:
    """The code and text are our reading: AWS's are on no record."""
    return ResourceNotFound(f"Resource {text} does not exist.")
