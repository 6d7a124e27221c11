"""Metric definitions tried on a log: for `validate --log`, and for a job without its metric."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import BadInput, Fault
from orchestrator.report.metric_sample import Tried, tried
from orchestrator.training.spec import MetricDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping


def try_on_file(request: Mapping[str, Any], sample: str) -> list[Tried]:
    """Every metric definition of a request, tried on the log in the file `sample`.

    Raises:
        BadInput: The file cannot be read, or there is no definition to try.
    """
    try:
        log = Path(sample).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadInput([Fault("--log", f"cannot be read: {reason}", sample)]) from None
    found = definitions(request)
    if not found:
        raise BadInput([Fault("metrics", "there are none to try", mend="Write metrics: first.")])
    return [tried(definition, log) for definition in found]


def definitions(request: Mapping[str, Any]) -> list[MetricDefinition]:
    """The metric definitions of a request (or of a description), each once."""
    single = request.get("TrainingJobDefinition")
    parts = [single] if single else request.get("TrainingJobDefinitions", [])
    said = [
        MetricDefinition(str(item["Name"]), str(item["Regex"]))
        for part in parts
        for item in part.get("AlgorithmSpecification", {}).get("MetricDefinitions", [])
    ]
    return list(dict.fromkeys(said))
