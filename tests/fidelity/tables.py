"""The table of every member of every operation: what becomes of it, and who says so.

What becomes of a member is what `scenarios.explore` saw. Where the service model does not settle
it, `MARKS` says whether it was observed or is our reading; a test finds the marks nobody needs.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tests.fidelity.scenarios import service_of
from tests.fidelity.shapes import dotted, paths

DOCUMENTED = "documented"
OBSERVED, OURS = "observed", "our reading"
TAKEN, REFUSED, SHOWN, SILENT = "accepted", "refused", "shown", "not shown"
ENDS = (REFUSED, SILENT)
"""What is true of everything inside a member of which it is true."""

MARKS = {
    r" answer (\w+\.)*(NextToken|nextToken|nextForwardToken|nextBackwardToken)$": (
        f"{OURS}: opaque, made of the question and the last place"
    ),
    r" request (NextToken|nextToken)$": f"{OURS}: of another question refused, never expires",
    r" request NameContains$": f"{OURS}: no regard to case",
    r" request (CreationTime|LastModifiedTime)(After|Before)$": f"{OURS}: bounds are strict",
    r"^ListTrainingJobs request StatusEquals$": (
        f"{OURS}: filters come before pages (documented the other way round)"
    ),
    r"^Search request MaxResults$": f"{OURS}: 10 unless asked otherwise",
    r"^Search request VisibilityConditions$": f"{DOCUMENTED}; absent tags pass: {OURS}",
    r"^Search request CrossAccountFilterOption$": f"{OURS}: nobody shares anything here",
    r" answer (\w+(\[\])?\.)*(HyperParameterTuningJob\.)?TrainingJobDefinitions?(\[\])?"
    r"\.StaticHyperParameters$": f"{OBSERVED}: with `_tuning_objective_metric`",
    r" answer (\w+(\[\])?\.)*AlgorithmSpecification\.MetricDefinitions$": (
        f"{OBSERVED}: with a copy of the objective's, called ObjectiveMetric"
    ),
    r" answer (\w+(\[\])?\.)*AlgorithmSpecification\.AlgorithmName$": f"{OBSERVED}: as an ARN",
    r" answer (\w+(\[\])?\.)*(Continuous|Integer)ParameterRanges\[\]\.ScalingType$": (
        f"{OBSERVED}: always there"
    ),
    r" answer (\w+(\[\])?\.)*TrainingJobDefinitions?(\[\])?\.ResourceConfig$": (
        f"{OBSERVED} of clients: shown in this form too"
    ),
    r" answer (\w+(\[\])?\.)*OutputDataConfig\.KmsKeyId$": f"{OBSERVED}: empty where none is given",
    r" answer (\w+(\[\])?\.)*ModelArtifacts$": (
        f"{OBSERVED}: left out without a model, though the service model requires it"
    ),
    r" answer (BestTrainingJob|OverallBestTrainingJob|TrainingJobSummaries\[\]|Results\[\]"
    r"\.HyperParameterTuningJob\.(Overall)?BestTrainingJob)\.(CreationTime|Training(Start|End)Time)$": (
        f"{OBSERVED}: whole seconds"
    ),
    r" answer (\w+(\[\])?\.)*TuningJobCompletionDetails$": f"{DOCUMENTED}; from the first Describe on: {OURS}",
    r" answer (\w+(\[\])?\.)*ConsumedResources$": f"{DOCUMENTED}; from the first Describe on: {OURS}",
    r" answer (\w+(\[\])?\.)*SecondaryStatusTransitions\[\]\.StatusMessage$": OBSERVED,
    r" answer (\w+(\[\])?\.)*FailureReason$": f"{OBSERVED} texts where there are any, else ours",
    r" answer (\w+(\[\])?\.)*BestTrainingJob$": f"{OBSERVED}; ties and stopped jobs: {OURS}",
    r"^Search answer TotalHits$": f"{OURS}: always exact",
}
"""Expression for ``<operation> <request or answer> <member>`` -> the mark."""


class Row(NamedTuple):
    """One line; a member stands for those inside it that have no line of their own."""

    operation: str
    side: str
    member: str
    what: str
    mark: str


def rows(operations, taken, shown):
    """Every line of the table.

    Args:
        operations: Names, in the table's order.
        taken: (operation, input member) -> what becomes of it, and why if that is known there.
        shown: The same of output members.
    """
    for operation in operations:
        model = service_of(operation).operation(operation)
        for side, shape, what in (("request", model.input, taken), ("answer", model.output, shown)):
            yield from _side(operation, side, shape, what)


def own_mark(operation, side, member):
    """Who says so, if it is not the service model or whoever says it of the member outside."""
    for expression, mark in MARKS.items():
        if re.search(expression, f"{operation} {side} {member}"):
            return mark
    return None


def _side(operation, side, shape, what):
    told = {}
    for member in map(dotted, paths(shape)) if shape else ():
        outer = next((told[above] for above in reversed(parents(member)) if above in told), None)
        if outer and outer.what in ENDS:
            told[member] = outer
            continue
        became, why = what(operation, member)
        mark = why or own_mark(operation, side, member) or (outer.mark if outer else DOCUMENTED)
        told[member] = Row(operation, side, member, became, mark)
        if outer is None or (outer.what, outer.mark) != (became, mark):
            yield told[member]


def parents(member):
    """The members that `member` is inside of."""
    return [member[: found.start()] for found in re.finditer(r"\.|\[\]|\{\}", member)]
