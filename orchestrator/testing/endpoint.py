"""A served emulator as tests use it: its address, clients for it, and waiting for a job."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Mapping

    import boto3

LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
ENDED = frozenset({"Completed", "Failed", "Stopped"})


@dataclass(frozen=True)
class Endpoint:
    """An endpoint that answers for AWS.

    Attributes:
        environment: The variables that send AWS's clients to it.
        bucket: A bucket that is there.
    """

    url: str
    environment: Mapping[str, str]
    bucket: str
    _made: list[Any] = field(default_factory=list, repr=False)

    @property
    def session(self) -> boto3.Session:
        """A boto3 session with the endpoint's credentials and region."""
        from boto3 import Session  # noqa: PLC0415  (a plugin is loaded by tests that tune nothing)

        return Session(
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=self.environment["AWS_REGION"],
        )

    def client(self, service: str, **more: Any) -> Any:  # noqa: ANN401  (boto3 makes the class)
        """A boto3 client of the endpoint, closed at the end of the test."""
        made = self.session.client(service, **{"endpoint_url": self.url} | more)  # type: ignore[call-overload]
        self._made.append(made)
        return made

    def wait(self, tuning_job: str, timeout_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until a tuning job has ended; what Describe then says.

        Raises:
            TimeoutError: It has not ended in time.
        """
        return waited(self.client("sagemaker"), tuning_job, timeout_seconds)

    def close(self) -> None:
        """Close the clients that were made here."""
        for client in self._made:
            client.close()


def waited(sagemaker: Any, tuning_job: str, timeout_seconds: float) -> dict[str, Any]:  # noqa: ANN401
    """Describe a tuning job until it has ended. Raises TimeoutError."""
    clock, never = SystemClock(), threading.Event()
    end = clock.now() + timeout_seconds
    while True:
        job: dict[str, Any] = sagemaker.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=tuning_job
        )
        status = job["HyperParameterTuningJobStatus"]
        if status in ENDED:
            return job
        if clock.now() > end:
            raise TimeoutError(f"{tuning_job} is still {status} after {timeout_seconds:g} s")
        clock.wait_until(clock.now() + LOOK_SECONDS, never)
