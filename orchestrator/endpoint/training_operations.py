"""Operations on training jobs, a user's own and a tuning job's children alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.endpoint import inputs, listing, refusals, render_training
from orchestrator.endpoint.parse_training import training_spec
from orchestrator.errors import JobNotFound, LaunchRefused, NameTaken, WrongStatus
from orchestrator.store.protocol import JobKind, Order
from orchestrator.wire import rules

if TYPE_CHECKING:
    from orchestrator.endpoint.emulator import Answer, Call, Request


def create(call: Call, request: Request) -> Answer:
    """CreateTrainingJob."""
    emulator = call.emulator
    refusals.first(rules.training_faults(request, emulator.quotas))
    spec = training_spec(request, call.scope)
    if call.row(JobKind.TRAINING, spec.name) is not None:
        raise refusals.training_name_taken(spec.name)
    inputs.check(call, request)
    try:
        emulator.driver.create_training_job(spec, request)
    except NameTaken:
        raise refusals.training_name_taken(spec.name) from None
    except LaunchRefused as refused:
        raise refusals.not_accepted(refused) from None
    return {"TrainingJobArn": spec.arn}


def describe(call: Call, request: Request) -> Answer:
    """DescribeTrainingJob."""
    row = call.row(JobKind.TRAINING, request["TrainingJobName"])
    if row is None:
        raise refusals.no_training_job()
    return render_training.described(row)


def list_jobs(call: Call, request: Request) -> Answer:
    """ListTrainingJobs; by CreationTime unless asked otherwise (documented)."""
    if request.get("WarmPoolStatusEquals") or request.get("TrainingPlanArnEquals"):
        return {"TrainingJobSummaries": []}  # no job here has either
    page = listing.page(call, request, JobKind.TRAINING, Order.CREATED)
    return page.answer("TrainingJobSummaries", render_training.summary)


def stop(call: Call, request: Request) -> Answer:
    """StopTrainingJob."""
    name = request["TrainingJobName"]
    try:
        call.emulator.driver.stop(call.arn(JobKind.TRAINING, name))
    except JobNotFound:
        raise refusals.no_training_job() from None
    except WrongStatus as wrong:
        raise refusals.training_not_running(_status(call, name, wrong)) from None
    return {}


def delete(call: Call, request: Request) -> Answer:
    """DeleteTrainingJob."""
    name = request["TrainingJobName"]
    try:
        call.emulator.driver.delete(call.arn(JobKind.TRAINING, name))
    except JobNotFound:
        raise refusals.no_training_job() from None
    except WrongStatus as wrong:
        raise refusals.training_not_ended(_status(call, name, wrong)) from None
    return {}


def _status(call: Call, name: str, wrong: WrongStatus) -> str:
    row = call.row(JobKind.TRAINING, name)
    return str(wrong) if row is None else row.status
