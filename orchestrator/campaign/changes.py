"""A definition with some of its values changed, in a job file's words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.definition.check import prepare
from orchestrator.definition.defaults import EVERYTHING
from orchestrator.definition.document import Document, Loaded
from orchestrator.definition.load import with_settings
from orchestrator.definition.request import from_request
from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN_AS = "the definition"


def changed(request: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """`request` with ``path=value`` overrides.

    Raises:
        BadInput: With every fault of what comes out.
    """
    if any(each.partition("=")[0].strip() == "limits.jobs" for each in settings):
        mend = "Say how many in all with --jobs or --to."
        raise BadInput([Fault("--set", "limits.jobs is the campaign's own to choose", mend=mend)])
    words = from_request(request).model_dump(exclude_unset=True)
    document = with_settings(Document(_SHOWN_AS, Path(), words, {}), settings)
    made: dict[str, Any] = prepare(Loaded.of(document), EVERYTHING).request
    return made
