"""Jobs that ran elsewhere, with their results, in this machine's state folder.

What the client fetched becomes the domain's past (`endpoint.parse_results`), the logs become
files as if they had been written here, and the engine books the rest in one commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.endpoint.parse import tuning_spec
from orchestrator.endpoint.parse_results import past_training, past_tuning
from orchestrator.errors import NameTaken
from orchestrator.formats.described import request_of
from orchestrator.formats.protocol import NAME
from orchestrator.runtime.training_logs import TrainingLogs
from orchestrator.training.spec import Scope

if TYPE_CHECKING:
    from orchestrator.assembly import Embedded
    from orchestrator.client.results import ChildResult, Results
    from orchestrator.engine.imports import PastTraining
    from orchestrator.settings import Settings
    from orchestrator.tuning.spec import TuningSpec

ORIGIN = "amt:imported-from"
"""The tag that marks an imported job; its value is the ARN of the job that ran."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What is in the state folder now.

    Attributes:
        name: The tuning job's name here.
        origin: The ARN of the job that ran.
        training_jobs: How many training jobs it has.
        values: How many values of metrics were read.
        lines: How many lines of logs were kept.
    """

    name: str
    origin: str
    training_jobs: int
    values: int
    lines: int


def import_results(
    embedded: Embedded, settings: Settings, results: Results, name: str | None = None
) -> Imported:
    """Write a job that has ended elsewhere into the state folder, under `name` if given.

    Raises:
        NameTaken: The job, or one of its training jobs, is in the state folder.
        LaunchRefused: The strategy is not one the emulator has.
    """
    origin = str(results.job["HyperParameterTuningJobArn"])
    request = request_of(results.job)
    request |= {"Tags": [*results.tags, {"Key": ORIGIN, "Value": origin}]}
    request |= {NAME: name} if name else {}
    scope = Scope(settings.account, settings.region)
    spec = tuning_spec(request, scope)
    trainings = [_training(spec, child) for child in results.children]
    _refuse_taken(embedded, spec, trainings)
    logs, lines = TrainingLogs(settings.home), 0
    for training in trainings:
        for host in {printed.host for printed in training.printed}:
            own = [(one.at, one.text) for one in training.printed if one.host == host]
            logs.keep(scope, training.name, host, own)
            lines += len(own)
    past = past_tuning(request, results.job, trainings, scope)
    values = embedded.engine.import_tuning_job(past)
    return Imported(spec.name, origin, len(trainings), values, lines)


def _training(spec: TuningSpec, child: ChildResult) -> PastTraining:
    lines = [(line.at / 1000, line.host, line.text) for line in child.log]
    return past_training(spec, child.summary, child.described, lines)


def _refuse_taken(embedded: Embedded, spec: TuningSpec, trainings: list[PastTraining]) -> None:
    if embedded.store.row(spec.arn) is not None:
        raise NameTaken(
            f"The name {spec.name} is taken in the state folder: give another with --name, or "
            f"`amt delete {spec.name}`."
        )
    for training in trainings:
        if embedded.store.row(spec.scope.arn("training-job", training.name)) is not None:
            raise NameTaken(
                f"The training job {training.name} is in the state folder: its tuning job was "
                "imported before. Choose another state folder with AMT_HOME."
            )
