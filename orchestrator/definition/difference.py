"""Whether two tuning jobs are the same definition, and what differs, in a job file's words.

Either side may be a request or DescribeHyperParameterTuningJob's answer, which holds the
request with what the service filled in. What it fills in (observed) is no difference: false
and empty values, its defaults, and what it derives where a request says nothing. Names never
are one either. Values of ``environment`` are compared and not shown.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.definition.document import in_words
from orchestrator.definition.patch import same
from orchestrator.definition.paths import MISSING, child
from orchestrator.definition.request import from_request
from orchestrator.wire.model import sagemaker
from orchestrator.wire.validate import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path

Members = tuple[str, ...]

_CREATE = "CreateHyperParameterTuningJob"
_NAME, _TAGS = "HyperParameterTuningJobName", "Tags"
_ARN = "HyperParameterTuningJobArn"  # only Describe's answer has it
_PARTS = ("TrainingJobDefinition", "TrainingJobDefinitions")
_INJECTED = "_tuning_objective_metric"
_COPY = "ObjectiveMetric"
HIDDEN = "(not shown)"

_DEFAULTS = {
    "ScalingType": ("Auto",),
    "TrainingJobEarlyStoppingType": ("Off",),
    "CompressionType": ("None", "GZIP"),  # of a channel, of the output
    "RecordWrapperType": ("None",),
    "S3DataDistributionType": ("FullyReplicated",),
    "CompleteOnConvergence": ("Disabled",),
    "LocalPath": ("/opt/ml/checkpoints",),
    "KmsKeyId": ("",),
}
"""What the service takes for members that a request leaves out (documented)."""

_DERIVED: tuple[Members, ...] = (
    ("HyperParameterTuningJobConfig", "ResourceLimits", "MaxNumberOfTrainingJobs"),
    ("HyperParameterTuningJobConfig", "StrategyConfig"),
)
_DERIVED_IN_PART: tuple[Members, ...] = (
    ("AlgorithmSpecification", "MetricDefinitions"),
    ("HyperParameterRanges",),
    ("RetryStrategy",),
    ("ResourceConfig",),
)
"""Members that Describe shows although the request had none (observed)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place in which two definitions differ.

    Attributes:
        path: Where, in a job file's words.
        before: The value there, or None where there is none.
        after: The same of the other definition.
    """

    path: str
    before: Any = None
    after: Any = None

    @property
    def sign(self) -> str:
        """``+`` added, ``-`` removed, ``~`` changed."""
        if self.before is None:
            return "+"
        return "-" if self.after is None else "~"

    @property
    def forces_new(self) -> bool:
        """Whether it takes a new job: all of a tuning job but its tags is final (documented)."""
        return not self.path.startswith("tags")

    def __str__(self) -> str:
        if self.sign == "~":
            return f"~ {self.path}: {as_text(self.before)} -> {as_text(self.after)}"
        return (
            f"{self.sign} {self.path}: {as_text(self.after if self.sign == '+' else self.before)}"
        )


def digest(request: Json) -> str:
    """What identifies a definition: SHA-256 over the request without its name and its tags."""
    kept = {key: value for key, value in request.items() if key not in {_NAME, _TAGS}}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def compared(before: Json, after: Json) -> tuple[Change, ...]:
    """What changes on the way from one definition to the other, in the order of its paths.

    Tags are compared when both sides tell theirs: Describe does not.
    """
    old, new = _settled(before), _settled(after)
    if _TAGS not in before or _TAGS not in after:
        old.pop(_TAGS, None)
        new.pop(_TAGS, None)
    if _ARN in before:
        _forget(old, new)
    if _ARN in after:
        _forget(new, old)
    was, now = dict(_leaves(_words(old), ())), dict(_leaves(_words(new), ()))
    paths = [path for path in {**was, **now} if not same(was.get(path), now.get(path))]
    return tuple(
        _change(path, was.get(path), now.get(path)) for path in sorted(paths, key=in_words)
    )


def told(changes: Sequence[Change]) -> str:
    """The changes as people read them, one a line."""
    return "\n".join(map(str, changes))


def _change(path: Path, before: object, after: object) -> Change:
    if "environment" in path:
        before, after = (None if value is None else HIDDEN for value in (before, after))
    return Change(in_words(path), before, after)


def _words(request: Json) -> Json:
    written: Json = from_request(request).model_dump(exclude_unset=True)
    written.pop("name", None)
    return written


def _leaves(value: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Every value that is no mapping, and no list of mappings, by its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list) and any(isinstance(inner, dict) for inner in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*path, index))
    else:
        yield path, value


# ------------------------------------------------------------------ what the service fills in


def _settled(request: Json) -> Json:
    """The members of Create, without what the service takes for granted."""
    shape = sagemaker().operation(_CREATE).input
    members = shape.members if shape is not None else {}
    kept = {key: value for key, value in request.items() if key in members and key != _NAME}
    for part in _parts(kept):
        _uncopied(part)
    settled: Json = _bare(kept)
    if _TAGS in settled:
        settled[_TAGS] = sorted(settled[_TAGS], key=lambda tag: str(tag.get("Key")))
    return settled


def _parts(request: Json) -> list[Json]:
    """The training job definitions, as copies that may be changed."""
    single, several = (request.get(name) for name in _PARTS)
    if isinstance(single, dict):
        request[_PARTS[0]] = dict(single)
        return [request[_PARTS[0]]]
    if isinstance(several, list):
        request[_PARTS[1]] = [dict(part) for part in several]
        return [*request[_PARTS[1]]]
    return []


def _uncopied(part: Json) -> None:
    """Take out the hyperparameter and the metric that Describe adds (observed)."""
    statics = part.get("StaticHyperParameters")
    if isinstance(statics, dict):
        part["StaticHyperParameters"] = {k: v for k, v in statics.items() if k != _INJECTED}
    algorithm = part.get("AlgorithmSpecification")
    if isinstance(algorithm, dict):
        changed = dict(algorithm)
        if isinstance(found := algorithm.get("MetricDefinitions"), list):
            changed["MetricDefinitions"] = [each for each in found if each.get("Name") != _COPY]
        if isinstance(name := algorithm.get("AlgorithmName"), str):
            changed["AlgorithmName"] = name.rpartition("/")[2]  # an ARN in Describe
        part["AlgorithmSpecification"] = changed


def _bare(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    if isinstance(value, dict):
        inner = {key: _bare(each) for key, each in value.items()}
        return {k: v for k, v in inner.items() if not _granted(k, v)}
    if isinstance(value, list):
        return [_bare(each) for each in value]
    return value


def _granted(key: str, value: object) -> bool:
    return value is None or value is False or value in ([], {}) or value in _DEFAULTS.get(key, ())


def _forget(described: Json, request: Json) -> None:
    """Take out of Describe's answer the derived members that the other side does not have."""
    for path in _DERIVED:
        _forget_at(described, request, path)
    for one, other in zip(_parts(described), _parts(request), strict=False):
        for inner in _DERIVED_IN_PART:
            _forget_at(one, other, inner)


def _forget_at(described: Json, request: Json, path: Members) -> None:
    *above, last = path
    for part in above:
        one, other = child(described, part), child(request, part)
        if not isinstance(one, dict):
            return
        described[part] = dict(one)
        described, request = described[part], other if isinstance(other, dict) else {}
    if child(request, last) is MISSING:
        described.pop(last, None)
