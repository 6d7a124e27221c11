"""docs/fidelity-members.md: every member of every operation, and what becomes of it.

The tables are what `scenarios.explore` found; only the reasons are written here. Run this file
(``python -m tests.fidelity.members``) to write the document anew.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from tests.fidelity import tables
from tests.fidelity.scenarios import ACCEPTED, explore, service_of
from tests.fidelity.shapes import dotted, paths
from tests.wire.conftest import Bench

DOCUMENT = Path(__file__).parents[2] / "docs" / "fidelity-members.md"
OPERATIONS = (*SAGEMAKER, *LOGS)

_ONE = r"(^|\.)TrainingJobDefinition\."
REASONS = {
    _ONE + "(TuningObjective|HyperParameterRanges)$": "only in TrainingJobDefinitions",
    r"Definitions?(\[\])?\.ResourceConfig\.KeepAlivePeriodInSeconds$": (
        "no warm pools in tuning jobs"
    ),
    r"Ranges\.AutoParameters$": "shown as the ranges that Autotune chose for them",
    r"DataSource\.DatasetSource$": "SageMaker's hub is not emulated; refused",
    r"^ServerlessJobConfig$": "serverless training is not emulated; refused",
    r"(^|\.)(LabelingJobArn|AutoMLJobArn)$": "no other service starts training jobs here",
    r"(^|\.)WarmPoolStatus$": "there are no warm pools",
    r"^BillableTokenCount$": "serverless training is not emulated",
    r"(^|\.)(DebugRuleEvaluationStatuses|ProfilerRuleEvaluationStatuses|ProfilingStatus)$": (
        "the debugger and the profiler are accepted and not run"
    ),
    r"^MlflowDetails$": "MLflow is not emulated",
    r"^ProgressInfo$": "serverless training is not emulated",
    r"(^|\.)OutputModelPackageArn$": "there is no model registry",
    r"Summaries\[\]\.TrainingPlanArn$": "no job runs on a training plan here",
    r"(BestTrainingJob|Summaries\[\])\.TuningJobName$": "shown of OverallBestTrainingJob only",
    r"OverallBestTrainingJob\.(TrainingJobDefinitionName|FinalHyper\w+\.Type)$": (
        "shown in jobs with several definitions only, which cannot be warm started"
    ),
    r"^NextToken$": "all tags are on one page",
    r"uploadSequenceToken$": "deprecated; AWS leaves it out too",
    r"^searchedLogStreams\[\]\.": "the list is always empty",
}
"""Expression for a member -> why no answer has it."""

_HEAD = """# Fidelity, member by member

Written by `python -m tests.fidelity.members` from what the tests saw; a test compares. The tests
create a job for every member of the service model's create requests, let jobs run, and ask every
operation with every member of its input.

Every output member that is not in the first table was in some answer, and every input member that
is not in the second was accepted in some request. A member stands for those inside it.
"""


def outermost(members):
    """The members none of whose parents is among them."""
    known = set(members)
    return [m for m in members if not any(above in known for above in tables.parents(m))]


def silent(seen):
    """(operation, member) of every output member that no answer had."""
    for operation in OPERATIONS:
        shape = service_of(operation).operation(operation).output
        every = [dotted(path) for path in paths(shape)] if shape else []
        missing = [member for member in every if member not in seen.outputs[operation]]
        for member in outermost(missing):
            yield operation, member


def refused(seen):
    """(operation, member, refusal) of every input member that no accepted request had."""
    for operation in OPERATIONS:
        shape = service_of(operation).operation(operation).input
        every = [dotted(path) for path in paths(shape)]
        never = [m for m in every if ACCEPTED not in seen.inputs[operation, m]]
        for member in outermost(never):
            yield operation, member, _clearest(seen.inputs[operation, member])


def _clearest(refusals):
    """The refusal that is about the member itself."""
    return min(refusals, key=lambda text: ("Exactly one of" in text, text))


def reason(member):
    """Why no answer has `member`.

    Raises:
        LookupError: Nobody has said.
    """
    for expression, words in REASONS.items():
        if re.search(expression, member):
            return words
    raise LookupError(f"no answer has {member}; produce it, or say why in REASONS")


def rendered(seen):
    """The document."""
    lines = [_HEAD, "## Members that no answer has", ""]
    lines += ["| operation | member | why |", "|---|---|---|"]
    lines += [f"| {op} | `{member}` | {reason(member)} |" for op, member in silent(seen)]
    lines += ["", "## Members that are always refused", ""]
    lines += ["| operation | member | refusal |", "|---|---|---|"]
    lines += [f"| {op} | `{member}` | {text} |" for op, member, text in refused(seen)]
    lines += ["", *_every_member(seen)]
    return "\n".join(lines) + "\n"


def every_row(seen):
    """The lines of the table of every member."""
    never = {(operation, member): text for operation, member, text in refused(seen)}
    missing = set(silent(seen))

    def taken(*asked):
        if asked not in never:
            return tables.TAKEN, None
        return tables.REFUSED, "not emulated" if "emulator" in never[asked] else None

    def shown(*asked):
        return (tables.SILENT, reason(asked[1])) if asked in missing else (tables.SHOWN, None)

    return list(tables.rows(OPERATIONS, taken, shown))


def _every_member(seen):
    yield "## Every member"
    yield ""
    yield "A member stands for those inside it that have no line of their own."
    for operation in OPERATIONS:
        yield from ("", f"### {operation}", "", "| | member | | says |", "|---|---|---|---|")
        for row in every_row(seen):
            if row.operation == operation:
                yield f"| {row.side} | `{row.member}` | {row.what} | {row.mark} |"


def main():
    """Write the document."""
    with tempfile.TemporaryDirectory() as home:
        DOCUMENT.write_text(rendered(explore(Bench(Path(home)))), encoding="utf-8")


if __name__ == "__main__":
    main()
