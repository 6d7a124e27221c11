"""A job file as a ``CreateHyperParameterTuningJob`` request, and a request as a job file.

``translate(from_request(request), any_defaults).request == request`` for every request whose
shapes are valid: what no key of a job file says exactly is carried as a patch, under ``request`` at the top, in each
training and in each channel.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from orchestrator.definition.defaults import EVERYTHING, Defaults, fill_job, fill_training
from orchestrator.definition.encoding import decoded, encoded, without_script
from orchestrator.definition.job_members import JOB
from orchestrator.definition.local import Collector, Translation
from orchestrator.definition.members import Member, read, write
from orchestrator.definition.patch import Json, difference, merge
from orchestrator.definition.schema.job import Definition, JobFile
from orchestrator.definition.training_members import DEFINITION, TRAINING

_SINGLE = "TrainingJobDefinition"
_SEVERAL = "TrainingJobDefinitions"


def translate(job: JobFile, defaults: Defaults, folder: Path = Path()) -> Translation:
    """The request that `job` stands for; local paths are relative to `folder`."""
    collector = Collector(folder)
    request = _write_job(job.model_dump(exclude_unset=True), defaults, collector)
    return Translation(request, collector.files)


def _write_job(document: Json, defaults: Defaults, collector: Collector) -> Json:
    request = write(JOB, encoded(fill_job(document, defaults)))
    if any(document.get(key) is not None for key in ("training", "hyperparameters", "metrics")):
        request[_SINGLE] = _write_part(TRAINING, document, defaults, collector)
    if document.get("definitions") is not None:
        request[_SEVERAL] = [
            _write_part(DEFINITION, part, defaults, collector) for part in document["definitions"]
        ]
    merged: Json = merge(request, document.get("request") or {})
    return merged


def _write_part(
    members: tuple[Member, ...], part: Json, defaults: Defaults, collector: Collector
) -> Json:
    training = fill_training(part.get("training") or {}, defaults, collector)
    written = write(members, encoded({**part, "training": training}))
    merged: Json = merge(written, training.get("request") or {})
    return merged


def from_request(request: Json) -> JobFile:
    """The job file that stands for exactly `request`, in the file's own words where it can."""
    document = read(JOB, request)
    single, several = request.get(_SINGLE), request.get(_SEVERAL)
    if isinstance(single, dict):
        document |= _read_part(TRAINING, single, document.get("ranges"))
    if isinstance(several, list):
        document["definitions"] = [_read_part(DEFINITION, part, None) for part in several]
    try:
        canonical = JobFile.model_validate(document).model_dump(exclude_unset=True)
    except ValidationError:
        canonical = {}  # not a valid request; the patch carries it whole
    rest = difference(_write_job(canonical, EVERYTHING, Collector(Path())), request)
    return JobFile.model_validate(canonical | ({"request": rest} if rest else {}))


def _read_part(members: tuple[Member, ...], raw: Json, ranges: Json | None) -> Json:
    shared = {} if ranges is None else {"ranges": ranges}
    part = without_script(decoded(read(members, raw) | shared))
    try:
        canonical = Definition.model_validate(part).model_dump(exclude_unset=True)
    except ValidationError:
        canonical = {}
    # named first, so that no default instance has to be taken back
    patch = {"ResourceConfig": raw["ResourceConfig"]} if "ResourceConfig" in raw else {}
    training = canonical.get("training") or {}
    patched = {**canonical, "training": {**training, "request": patch}}
    patch |= difference(_write_part(members, patched, EVERYTHING, Collector(Path())), raw)
    return {**canonical, "training": {**training, "request": patch} if patch else training}
