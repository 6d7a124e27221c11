"""One definition or several, and what each form excludes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from orchestrator.errors import Fault
from orchestrator.wire import path
from orchestrator.wire.rules import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.wire.rules.reading import TuningRequest

_OBJECTIVE = f"{reading.CONFIG}.HyperParameterTuningJobObjective"
_RANGES = f"{reading.CONFIG}.ParameterRanges"


def definition_faults(job: TuningRequest) -> Iterator[Fault]:
    """Faults of the choice between TrainingJobDefinition and TrainingJobDefinitions."""
    yield from _exactly_one(job)
    if job.several:
        yield from _several(job)
        yield from _definition_names(job)
    else:
        yield from _single(job)
    yield from _something_to_search(job)
    yield from _autotune(job)


def _exactly_one(job: TuningRequest) -> Iterator[Fault]:
    one, many = job.written.get(reading.ONE), job.written.get(reading.MANY)
    if one is None and many is None:
        yield Fault(
            reading.ONE,
            f"Exactly one of {reading.ONE} and {reading.MANY} is required",
            None,
            f"Give {reading.ONE}.",
        )
    elif one is not None and many is not None:
        yield Fault(
            reading.MANY,
            f"Exactly one of {reading.ONE} and {reading.MANY} is allowed, and both are given",
            None,
            f"Move {reading.ONE} into the list, or remove one of them.",
        )


def _several(job: TuningRequest) -> Iterator[Fault]:
    """Restrictions of jobs with several definitions (documented)."""
    single_only = (
        ("WarmStartConfig", job.written.get("WarmStartConfig") is not None, "Remove it."),
        (
            f"{reading.CONFIG}.TrainingJobEarlyStoppingType",
            job.config.get("TrainingJobEarlyStoppingType") == "Auto",
            "Set it to Off.",
        ),
    )
    for where, given, mend in single_only:
        if given:
            problem = f"It is only supported with a single {reading.ONE}"
            yield Fault(where, problem, None, mend)
    for where, key, inside in (
        (_OBJECTIVE, "HyperParameterTuningJobObjective", "TuningObjective"),
        (_RANGES, "ParameterRanges", "HyperParameterRanges"),
    ):
        if job.config.get(key):
            problem = f"With {reading.MANY} it belongs into each definition"
            yield Fault(where, problem, None, f"Move it to {inside} of the definitions.")


def _definition_names(job: TuningRequest) -> Iterator[Fault]:
    names: Counter[str] = Counter()
    for part in job.parts():
        where = path.member(part.path, "DefinitionName")
        name = part.written.get("DefinitionName")
        if name is None:
            problem = f"DefinitionName is required in {reading.MANY}"
            yield Fault(where, problem, None, "Give each definition a name of its own.")
            continue
        names[str(name)] += 1
        if names[str(name)] == 2:  # noqa: PLR2004  (the second of that name)
            problem = "DefinitionName must be unique"
            yield Fault(where, problem, str(name), "Choose another name.")


def _single(job: TuningRequest) -> Iterator[Fault]:
    """With one definition, objective and ranges stand in the configuration (documented)."""
    definition = reading.mapping(job.written.get(reading.ONE))
    for key, place in (("TuningObjective", _OBJECTIVE), ("HyperParameterRanges", _RANGES)):
        if definition.get(key) is not None:
            problem = f"It is only supported in {reading.MANY}"
            yield Fault(f"{reading.ONE}.{key}", problem, None, f"Move it to {place}.")


def _something_to_search(job: TuningRequest) -> Iterator[Fault]:
    for part in [] if job.autotune else job.parts():
        if not any(True for _ in part.ranges()):
            yield Fault(
                part.ranges_path,
                "At least one parameter range is required",
                None,
                "Add a range, or run one training job instead.",
            )


def _autotune(job: TuningRequest) -> Iterator[Fault]:
    """AutoParameters are ranges that AMT derives; only Autotune does that (documented)."""
    for part in job.parts():
        where = path.member(part.ranges_path, "AutoParameters")
        given = reading.sequence(part.range_lists.get("AutoParameters"))
        if given and not job.autotune:
            problem = "AutoParameters are only supported with Autotune"
            yield Fault(
                where, problem, None, 'Add "Autotune": {"Mode": "Enabled"}, or give ranges.'
            )
        taken: dict[str, str] = dict.fromkeys(part.names(), "has a range")
        taken |= dict.fromkeys(map(str, part.static), f"stands in {part.static_path}")
        for index, auto in enumerate(given):
            name = str(reading.inside(auto, "Name"))
            if name in taken:
                at = path.member(path.item(where, index), "Name")
                problem = f"A hyperparameter must be given once, and this one {taken[name]}"
                yield Fault(at, problem, name, "Remove one of the two.")
            taken.setdefault(name, "is listed before")
