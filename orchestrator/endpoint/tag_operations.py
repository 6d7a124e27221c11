"""Tags of jobs, as their create requests gave them. They cannot be changed afterwards yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.store.protocol import JobKind
from orchestrator.wire import names
from orchestrator.wire.faults import ResourceNotFound, ValidationException

if TYPE_CHECKING:
    from orchestrator.endpoint.emulator import Answer, Call, Request
    from orchestrator.store.protocol import JobRow


def list_tags(call: Call, request: Request) -> Answer:
    """ListTags, all on one page: a job has at most 50. A child has its tuning job's."""
    row = _row(call, request["ResourceArn"])
    owner = row if row.root == row.arn else call.emulator.store.row(row.root)
    return {"Tags": list((owner.request if owner else {}).get("Tags") or ())}


def _row(call: Call, text: str) -> JobRow:
    arn = names.parse_arn(text)
    kinds = {kind.value for kind in JobKind}
    if arn is None or arn.resource not in kinds:
        raise ValidationException(f"The emulator has no tags of {text}.")
    row = call.row(JobKind(arn.resource), arn.name)
    if row is None or (arn.account, arn.region) != (row.account, row.region):
        raise ResourceNotFound(f"Resource {text} does not exist.")
    return row
