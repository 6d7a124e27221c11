"""The emulator for code in this process: no port, no thread but the engine's.

Clients that botocore makes after this module was imported are asked here first, while an
`emulated` block is open. What is not ours (other services, and S3 when it is moto's) goes on to
whoever is next: ``moto.mock_aws``, or the network.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from botocore import handlers
from botocore.awsrequest import AWSResponse

from orchestrator.assembly import AWS, LOCAL, Embedded
from orchestrator.client.embedding import Body, Request, call, environ
from orchestrator.clock import SystemClock
from orchestrator.endpoint.gateway import Gateway
from orchestrator.endpoint.metrics_app import Metrics
from orchestrator.endpoint.s3_app import S3Application
from orchestrator.settings import Settings
from orchestrator.testing.endpoint import PATIENCE_SECONDS, waited
from orchestrator.testing.objectives import timed
from orchestrator.training.spec import Scope

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orchestrator.testing.objectives import Objective

MOTOS_ACCOUNT = "123456789012"
GRACE_SECONDS = 2.0
ANSWERED = "http://answered.amt.invalid/"

_open: list[Gateway] = []


@dataclass(frozen=True, slots=True)
class Emulation:
    """An open `emulated` block.

    Attributes:
        bucket: A bucket that is there; empty when S3 is moto's.
        home: The state folder, gone at the end of the block.
    """

    bucket: str
    home: Path

    def wait(self, tuning_job: str, timeout_seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """Wait until a tuning job has ended; what Describe then says. Raises TimeoutError."""
        from boto3 import client  # noqa: PLC0415  (one door, opened when it is needed)

        sagemaker = client("sagemaker")
        try:
            return waited(sagemaker, tuning_job, timeout_seconds)
        finally:
            sagemaker.close()


@contextmanager
def emulated(
    objective: Objective | None = None,
    *,
    s3: Literal["own", "moto"] = "own",
    account: str = MOTOS_ACCOUNT,
    region: str = "us-east-1",
) -> Iterator[Emulation]:
    """Answer SageMaker's tuning and training jobs, their logs and S3 in this process.

    Args:
        objective: Simulate training in virtual time, answering with this; None runs the
            training script as a process.
        s3: ``moto`` inside ``mock_aws``: objects are then moto's, for us too.
        account: The account of callers whose access key is none.
        region: The region of callers whose request is not signed.
    """
    with tempfile.TemporaryDirectory(prefix="amt-") as folder:
        home = Path(folder) / "state"
        settings = Settings(
            home,
            s3=LOCAL if s3 == "own" else AWS,
            account=account,
            region=region,
            grace_seconds=GRACE_SECONDS,
        )
        runtime = "process" if objective is None else "simulated"
        embedded = Embedded(settings, runtime, objective=objective and timed(objective))
        bucket = f"sagemaker-{region}-{account}" if s3 == "own" else ""
        gateway = Gateway(
            jobs=embedded.application,
            metrics=Metrics(embedded.emulator, Scope(account, region)),
            s3=_s3(settings, bucket),
            others=_not_ours,
            control=_not_ours,
        )
        _open.append(gateway)
        try:
            yield Emulation(bucket, home)
        finally:
            _open.remove(gateway)
            embedded.end_all()
            embedded.close()


def _s3(settings: Settings, bucket: str) -> Any:  # noqa: ANN401  (a WSGI application)
    if not bucket:
        return _not_ours
    s3 = S3Application(
        settings.home / "s3", SystemClock(), Scope(settings.account, settings.region)
    )
    s3.buckets.make(bucket)
    return s3


def _not_ours(_: WSGIEnvironment, __: StartResponse) -> Iterable[bytes]:
    """Marks what goes on to whoever is next; never called."""
    raise AssertionError


def _send(request: Any, **_: Any) -> AWSResponse | None:  # noqa: ANN401  (an AWSPreparedRequest)
    """Be asked before a request is sent (``before-send``): our answer, or None for somebody else's."""
    if not _open:
        return None
    body = request.body
    content = body.read() if hasattr(body, "read") else body
    sent = Request(request.method, request.url, request.headers, content)
    application = _open[-1].application(environ(sent))
    if application is _not_ours:
        if hasattr(body, "seek"):
            body.seek(0)
        return None
    reply = call(application, sent)
    url, request.url = request.url, ANSWERED  # botocore asks all handlers: moto is to see nothing
    return AWSResponse(url, reply.status, cast("Any", reply.headers), Body(reply.body))


handlers.BUILTIN_HANDLERS.append(("before-send", _send, handlers.REGISTER_FIRST))
