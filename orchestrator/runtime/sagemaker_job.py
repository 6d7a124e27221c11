"""One attempt as a training job at SageMaker: created, looked at, told of, stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.errors import LaunchRefused
from orchestrator.runtime import sagemaker_faults as faults
from orchestrator.runtime.protocol import Began, Exited, Gone, Printed
from orchestrator.runtime.sagemaker_logs import RemoteLogs
from orchestrator.training.metrics import MetricReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_sagemaker.client import SageMakerClient

    from orchestrator.runtime.protocol import Launch, Sighting
    from orchestrator.runtime.workspace import Workspace

OWNER_TAG = "amt:owner"
LONGEST_NAME = 63
SIGNALLED = 143
ENDED = frozenset({"Completed", "Failed", "Stopped"})
WAITING = frozenset({"Starting", "Pending", "Downloading"})
"""Secondary statuses before a training begins (documented)."""


@dataclass(frozen=True, slots=True)
class Service:
    """What a training job in the cloud is made and watched with.

    Attributes:
        sagemaker: A client of SageMaker.
        logs: A client of CloudWatch Logs.
        compose: The CreateTrainingJob request of a launch, by name, for the n-th choice of
            instances (from 0) and with further tags; None when there is no such choice.
        settle_seconds: How long a log is read on after the end, for lines that CloudWatch has
            not taken in yet, where no final objective value says that all are there.
    """

    sagemaker: SageMakerClient
    logs: CloudWatchLogsClient
    compose: Callable[[Launch, str, int, Mapping[str, str]], Mapping[str, Any] | None]
    settle_seconds: float = 15.0


class RemoteJob:
    """Looked at by one thread; `stop_wanted` may be set by any."""

    def __init__(
        self,
        launch: Launch,
        service: Service,
        workspace: Workspace,
        *,
        owner: str,
        offsets: Mapping[str, int],
    ) -> None:
        self.launch = launch
        self.stop_wanted = False
        self.told = False
        self.trouble = ""
        self._service = service
        self._owner = owner
        self._choice = 0
        self._created = self._began = self._stopped = False
        self._end: Mapping[str, Any] | None = None
        self._ended_at = 0.0
        self._logs = RemoteLogs(service.logs, workspace, launch.attempt, offsets)
        self._metrics = MetricReader(launch.spec.metrics)
        self._last: dict[str, float] = {}

    @property
    def name(self) -> str:
        """The training job's name at SageMaker: its own, with what tells attempts apart."""
        retry = f"-r{self.launch.attempt}" if self.launch.attempt > 1 else ""
        suffix = retry + (f"-i{self._choice + 1}" if self._choice else "")
        return self.launch.spec.name[: LONGEST_NAME - len(suffix)] + suffix

    @property
    def ended(self) -> bool:
        """True when SageMaker has said that it ended."""
        return self._end is not None

    # ------------------------------------------------------------------ creating

    def create(self) -> None:
        """Create it with the first choice of instances that has room, or leave it queued.

        Raises:
            LaunchRefused: It is refused for another reason than room.
        """
        first = self._choice
        while (request := self._request()) is not None:
            try:
                self._service.sagemaker.create_training_job(**request)
            except self._service.sagemaker.exceptions.ClientError as error:
                if faults.code(error) == faults.TAKEN:
                    self._mine_or_refuse()
                elif faults.no_room(error):
                    self._choice += 1
                    continue
                else:
                    raise faults.refusal(error) from error
            except Exception as error:
                raise faults.refusal(error) from error
            self._created = True
            return
        self._choice = first  # there was no room anywhere: begin again at the next look

    def exists(self) -> bool:
        """Whether SageMaker has it, or had it with a choice of instances that lacked capacity."""
        while (seen := self._described()) is not None:
            if not self._lacked_capacity(seen) or not self._turn_to_next_choice():
                self._created = True
                return True
        return self._choice > 0

    def _request(self) -> Mapping[str, Any] | None:
        tags = {OWNER_TAG: self._owner}
        return self._service.compose(self.launch, self.name, self._choice, tags)

    def _turn_to_next_choice(self) -> bool:
        """Take the next choice of instances, to be created; False when there is none."""
        self._choice += 1
        if self._request() is None:
            self._choice -= 1
            return False
        self._created = False
        return True

    def _mine_or_refuse(self) -> None:
        """A job of this name is there: made by an engine before us, or by somebody else."""
        sagemaker = self._service.sagemaker
        arn = sagemaker.describe_training_job(TrainingJobName=self.name)["TrainingJobArn"]
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        if tags.get(OWNER_TAG) != self._owner:
            raise LaunchRefused(
                f"a training job called {self.name} exists at SageMaker and is not of this state "
                "folder; choose another name for the tuning job"
            )

    # ------------------------------------------------------------------ looking

    def look(self, now: float) -> list[Sighting]:
        """What is new, in order."""
        if not self._created and not self._enter():
            return self._gone("ClientError: stopped before there was room for it")
        if not self._created:
            return []
        if self.stop_wanted and not (self._stopped or self.ended):
            self.stop_if_running()
            self._stopped = True
        if self._end is None:
            seen = self._described()
            if seen is None:
                return self._gone(f"InternalServerError: {self.name} was deleted at SageMaker")
            if self._lacked_capacity(seen) and not self.stop_wanted and self._turn_to_next_choice():
                return []
            if seen["TrainingJobStatus"] in ENDED:
                self._end, self._ended_at = seen, now
            begun = self._beginning(seen)
        else:
            begun = []
        return [*begun, *self._printed(now), *self._ending(now)]

    def _enter(self) -> bool:
        """Leave the queue if there is room now; False when nobody wants it any more."""
        if self.stop_wanted:
            return False
        try:
            self.create()
        except LaunchRefused as refused:
            self._end = {"TrainingJobStatus": "Failed", "FailureReason": f"ClientError: {refused}"}
            self._created = True
        return True

    def _lacked_capacity(self, seen: Mapping[str, Any]) -> bool:
        reason = str(seen.get("FailureReason") or "")
        return seen["TrainingJobStatus"] == "Failed" and reason.startswith(faults.CAPACITY)

    def _beginning(self, seen: Mapping[str, Any]) -> list[Sighting]:
        if self._began or seen.get("SecondaryStatus") in WAITING or self._never_ran(seen):
            return []
        self._began = True
        return [Began(*self._key)]

    def _never_ran(self, seen: Mapping[str, Any]) -> bool:
        return seen["TrainingJobStatus"] in ENDED | {"Stopping"} and not seen.get(
            "TrainingStartTime"
        )

    def _printed(self, now: float) -> list[Sighting]:
        if not self._began:
            return []
        printed: list[Sighting] = []
        for host, batch in self._logs.read(self.name, now, ended=self.ended):
            printed.append(Printed(*self._key, host, batch.offset, batch.text))
            for seen in self._metrics.read(batch.text):
                self._last[seen.metric] = seen.value
        return printed

    def _ending(self, now: float) -> list[Sighting]:
        """The end, once the log tells no more."""
        end = self._end
        if end is None or not self._log_is_whole(end, now):
            return []
        model = str((end.get("ModelArtifacts") or {}).get("S3ModelArtifacts") or "")
        if end["TrainingJobStatus"] == "Completed":
            return self._finished(Exited(*self._key, 0, model_uri=model))
        if end["TrainingJobStatus"] == "Failed":
            reason = str(end.get("FailureReason") or "InternalServerError: no reason was given")
            return self._gone(reason, retryable=faults.retryable(reason))
        if not self._began:
            return self._gone("ClientError: stopped before it began")
        why = "" if self._stopped else f"stopped at SageMaker ({end.get('SecondaryStatus')})"
        return self._finished(Exited(*self._key, SIGNALLED, stopped_for=why, model_uri=model))

    def _log_is_whole(self, end: Mapping[str, Any], now: float) -> bool:
        """True when the value that SageMaker itself read last was read here, or time has passed."""
        if not self._began or now - self._ended_at >= self._service.settle_seconds:
            return True
        finals = {
            each["MetricName"]: each["Value"] for each in end.get("FinalMetricDataList") or ()
        }
        objective = self.launch.spec.objective_metric or ""
        known = objective in finals and self._last.get(objective) == finals[objective]
        return known and self._logs.quiet

    def _gone(self, reason: str, *, retryable: bool = False) -> list[Sighting]:
        return self._finished(Gone(*self._key, reason, retryable))

    def _finished(self, last: Sighting) -> list[Sighting]:
        self.told = True
        return [last]

    @property
    def _key(self) -> tuple[str, int]:
        return self.launch.key, self.launch.attempt

    # ------------------------------------------------------------------ asking

    def _described(self) -> Mapping[str, Any] | None:
        try:
            return self._service.sagemaker.describe_training_job(TrainingJobName=self.name)
        except self._service.sagemaker.exceptions.ClientError as error:
            if faults.missing(error):
                return None
            raise

    def stop_if_running(self) -> None:
        """StopTrainingJob; one that has ended, or is not there, is let be."""
        try:
            self._service.sagemaker.stop_training_job(TrainingJobName=self.name)
        except self._service.sagemaker.exceptions.ClientError as error:
            if not faults.missing(error) and faults.code(error) != "ValidationException":
                raise
