"""What Create looks at before it accepts a training: inputs that exist, and that we can give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.endpoint import refusals
from orchestrator.wire.faults import ValidationException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.endpoint.emulator import Call

_UNREADABLE = {
    "DatasetSource": "a DatasetSource (SageMaker's hub)",
}


def check(call: Call, definition: Mapping[str, Any]) -> None:
    """Refuse a definition whose inputs are missing, or of a kind the emulator cannot give.

    Raises:
        ValidationException: With AWS's text for missing objects (observed).
        TransferFailed: S3 cannot be asked.
    """
    for problem in _unsupported(definition):
        raise ValidationException(f"The emulator does not support {problem}.")
    for channel in definition.get("InputDataConfig") or ():
        uri = (channel["DataSource"].get("S3DataSource") or {}).get("S3Uri")
        if uri and not call.emulator.has_objects(uri):
            raise refusals.no_objects(uri, call.scope.region, definition["RoleArn"])


def _unsupported(definition: Mapping[str, Any]) -> Iterator[str]:
    if definition.get("ServerlessJobConfig"):
        yield "ServerlessJobConfig"
    for channel in definition.get("InputDataConfig") or ():
        source = channel["DataSource"]
        for key, words in _UNREADABLE.items():
            if source.get(key):
                yield f"{words}, in channel {channel['ChannelName']}"
        if (source.get("S3DataSource") or {}).get("S3DataType") == "Converse":
            yield f"the S3DataType Converse, in channel {channel['ChannelName']}"
