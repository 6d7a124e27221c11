"""Operations on tuning jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.endpoint import inputs, listing, parents, refusals, render_training, render_tuning
from orchestrator.endpoint.parse import definitions_of, tuning_spec
from orchestrator.errors import BadInput, JobNotFound, LaunchRefused, NameTaken, WrongStatus
from orchestrator.store.protocol import JobKind, Order, Query
from orchestrator.tuning.job import TuningStatus
from orchestrator.wire import autotune, quotas, rules
from orchestrator.wire.faults import ResourceLimitExceeded, ValidationException

if TYPE_CHECKING:
    from orchestrator.endpoint.emulator import Answer, Call, Request
    from orchestrator.store.protocol import JobRow


def create(call: Call, request: Request) -> Answer:
    """CreateHyperParameterTuningJob: everything is checked before anything is created."""
    written, emulator = autotune.resolved(request), call.emulator
    for stage in (request, written):  # what autotune fills in must keep the rules too
        refusals.first(rules.tuning_faults(stage, emulator.quotas))
    spec = tuning_spec(written, call.scope)
    _check_strategy(call, spec.strategy)
    if not all(each.objective.metric for each in spec.definitions):
        raise ValidationException(
            "The emulator does not choose an objective: give HyperParameterTuningJobObjective."
        )
    if call.row(JobKind.TUNING, spec.name) is not None:
        raise refusals.tuning_name_taken(spec.name)
    _check_concurrency(call)
    parents.check(call, written)
    for definition in definitions_of(written):
        inputs.check(call, definition)
    try:
        emulator.driver.create_tuning_job(spec, written)
    except NameTaken:
        raise refusals.tuning_name_taken(spec.name) from None
    except (LaunchRefused, BadInput) as refused:
        raise refusals.not_accepted(refused) from None
    return {"HyperParameterTuningJobArn": spec.arn}


def describe(call: Call, request: Request) -> Answer:
    """DescribeHyperParameterTuningJob."""
    return described(call, found(call, request))


def described(call: Call, row: JobRow) -> Answer:
    """A tuning job with its best training jobs."""
    answer = render_tuning.described(row, call.emulator.clock.now())
    objectives = render_tuning.objectives(row.request)
    best = parents.best_child(call, row)
    if best is not None:
        answer["BestTrainingJob"] = render_training.child_summary(best, objectives)
    overall = parents.overall_best(call, row, best)
    if overall is not None:
        summary = render_training.child_summary(overall, objectives)
        answer["OverallBestTrainingJob"] = summary | {"TuningJobName": overall.state["tuning_job"]}
    return answer


def list_jobs(call: Call, request: Request) -> Answer:
    """ListHyperParameterTuningJobs."""
    page = listing.page(call, request, JobKind.TUNING)
    return page.answer("HyperParameterTuningJobSummaries", render_tuning.summary)


def list_training_jobs(call: Call, request: Request) -> Answer:
    """ListTrainingJobsForHyperParameterTuningJob."""
    row = found(call, request)
    asked = listing.query(call, request, JobKind.TRAINING, Order.NAME)
    page = listing.answered(call, request, replace(asked, root=row.arn, children_only=True))
    objectives = render_tuning.objectives(row.request)
    return page.answer(
        "TrainingJobSummaries", lambda child: render_training.child_summary(child, objectives)
    )


def stop(call: Call, request: Request) -> Answer:
    """StopHyperParameterTuningJob."""
    name = request["HyperParameterTuningJobName"]
    try:
        call.emulator.driver.stop(call.arn(JobKind.TUNING, name))
    except JobNotFound:
        raise refusals.no_tuning_job(name) from None
    except WrongStatus as wrong:
        raise refusals.tuning_not_running(_status(call, name, wrong)) from None
    return {}


def delete(call: Call, request: Request) -> Answer:
    """DeleteHyperParameterTuningJob: the record only; its training jobs stay (documented)."""
    name = request["HyperParameterTuningJobName"]
    try:
        call.emulator.driver.delete(call.arn(JobKind.TUNING, name))
    except JobNotFound:
        raise refusals.no_tuning_job(name) from None
    except WrongStatus as wrong:
        raise refusals.tuning_not_ended(_status(call, name, wrong)) from None
    return {}


def found(call: Call, request: Request) -> JobRow:
    """The tuning job that a request names.

    Raises:
        ResourceNotFound: There is none.
    """
    name = request["HyperParameterTuningJobName"]
    row = call.row(JobKind.TUNING, name)
    if row is None:
        raise refusals.no_tuning_job(name)
    return row


def _status(call: Call, name: str, wrong: WrongStatus) -> str:
    row = call.row(JobKind.TUNING, name)
    return str(wrong) if row is None else row.status


def _check_strategy(call: Call, name: str) -> None:
    known = call.emulator.strategies()
    if name not in known:
        raise ValidationException(
            f"The emulator does not have the strategy {name} yet. It has: "
            f"{', '.join(sorted(known))}."
        )


def _check_concurrency(call: Call) -> None:
    limit = call.emulator.quotas.concurrent_tuning_jobs
    query = Query(JobKind.TUNING, call.scope.account, call.scope.region)
    running = sum(
        call.emulator.store.count(replace(query, status=status))
        for status in (TuningStatus.IN_PROGRESS, TuningStatus.STOPPING)
    )
    if running >= limit:
        quota = "Maximum number of concurrent hyperparameter tuning jobs"
        message = quotas.exceeded(quota, "Tuning Jobs", limit=limit, current=running, delta=1)
        raise ResourceLimitExceeded(message)
