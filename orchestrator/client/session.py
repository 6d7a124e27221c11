"""What a command talks to: one SageMaker endpoint, whichever it is.

`assembly` builds a `Connection`; nothing else in the wire column knows what stands behind.

This is the door to botocore and boto3. Clients are made from botocore directly (boto3 wraps
it, and adds managed transfers to S3's), and for every endpoint but AWS itself from the slim
models in ``wire/models``: the whole service model costs more processor time than the command
that wants it. botocore is imported when the first client is made, so that help and bad input
cost nothing.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, cast

from orchestrator.errors import Unreachable
from orchestrator.wire.validate import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication

    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_sagemaker.client import SageMakerClient

    from orchestrator.client.protocol import Bucket, Emulator


@dataclass(frozen=True, slots=True)
class Cloud:
    """What AWS has beside SageMaker that a launch asks.

    Attributes:
        account: Whose credentials these are.
        caller: Their ARN.
        s3: The client below `Connection.bucket`.
        iam: Made when it is first used, as the next.
        cloudformation: The same.
        renewed: Opens the endpoint again, with credentials read afresh.
    """

    account: str
    caller: str
    s3: S3Client
    iam: IAMClient
    cloudformation: CloudFormationClient
    renewed: Callable[[], Connection] | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """An endpoint and what belongs to it."""

    label: str
    """``local``, ``aws`` or the URL."""
    sagemaker: SageMakerClient
    logs: CloudWatchLogsClient
    bucket: Bucket
    account: str
    region: str
    default_bucket: str
    default_role: str | None
    """The role of a job that names none; None where one must be named or found."""
    emulator: Emulator | None = None
    price_list: Any = None
    """A client of AWS's Price List; None where nothing has a price."""
    service_quotas: Any = None
    """A client of Service Quotas; None where the emulator's hold."""
    on_close: Callable[[], None] | None = None
    cloud: Cloud | None = None
    """Only of AWS itself."""

    @property
    def where(self) -> str:
        """The endpoint for messages; of AWS the region too, which is often the wrong one."""
        return f"{self.label} ({self.region})" if self.cloud is not None else self.label

    def close(self) -> None:
        """Let go of the endpoint."""
        if self.on_close is not None:
            self.on_close()


@dataclass(frozen=True, slots=True)
class Access:
    """How an endpoint is reached.

    Attributes:
        region: The region that requests are signed for.
        endpoint_url: The endpoint, or None for AWS's own.
        account: Sign as this account of an emulator, with credentials that open nothing;
            None signs with the user's own credentials.
        application: The endpoint itself, when it lives in this process: no socket is opened.
    """

    region: str
    endpoint_url: str | None = None
    account: str | None = None
    application: WSGIApplication | None = None


_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d")

_OWN = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""An emulator's session reads nothing of the user's: a broken profile must not stop it."""

_PRICING_REGION = "us-east-1"

ATTEMPTS = 10
"""How often a request is sent in all to an endpoint that throttles; a broken line gets three."""

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "ServiceUnavailable",
        "503",  # all that the answer to a HEAD says
    }
)
LONGEST_RETREAT = 20.0

EMBEDDED_URL = "http://sagemaker.amt.invalid"
"""Stands in requests that never leave the process; ``.invalid`` resolves nowhere (RFC 2606)."""


def sagemaker_client(access: Access) -> SageMakerClient:
    """A client of SageMaker's API. Raises botocore's errors for missing credentials or region."""
    return cast("SageMakerClient", _client("sagemaker", access))


def logs_client(access: Access) -> CloudWatchLogsClient:
    """A client of CloudWatch Logs, made when it is first used: few commands read logs."""
    return cast("CloudWatchLogsClient", _Later("logs", access))


def price_list_client(access: Access) -> Any:  # noqa: ANN401  (botocore makes the class)
    """A client of AWS's Price List, which few regions answer for all; made when first used."""
    return _Later("pricing", replace(access, region=_PRICING_REGION))


def service_quotas_client(access: Access) -> Any:  # noqa: ANN401  (botocore makes the class)
    """A client of Service Quotas, made when it is first used."""
    return _Later("service-quotas", access)


def s3_client(access: Access) -> S3Client:
    """A client of S3, from botocore's whole model, with boto3's managed transfers."""
    return cast("S3Client", _client("s3", access))


def caller(access: Access) -> tuple[str, str]:
    """The account and the ARN whose credentials these are (STS GetCallerIdentity)."""
    identity = _client("sts", access).get_caller_identity()
    return str(identity["Account"]), str(identity["Arn"])


def iam_client(access: Access) -> IAMClient:
    """A client of IAM, made when it is first used."""
    return cast("IAMClient", _Later("iam", access))


def cloudformation_client(access: Access) -> CloudFormationClient:
    """A client of CloudFormation, made when it is first used."""
    return cast("CloudFormationClient", _Later("cloudformation", access))


def chosen_region(given: str | None) -> str:
    """The region of AWS to talk to: the one given, or the profile's.

    Raises:
        NoRegionError: There is none (botocore's).
        Unreachable: There is no such region.
    """
    from botocore.exceptions import NoRegionError  # noqa: PLC0415  (see the module's docstring)
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    region = given or session.get_config_variable("region")
    if not region:
        raise NoRegionError
    known = [
        each
        for partition in session.get_available_partitions()
        for each in session.get_available_regions("sagemaker", partition)
    ]
    # A region newer than this botocore is in no list; only what looks like none is refused.
    if region not in known and not _REGION.fullmatch(region):
        hint = nearest(region, known) or "Set AWS_REGION, such as us-east-1."
        raise Unreachable(f"{region} is no region of AWS. {hint}")
    return str(region)


def credentials_source() -> str | None:
    """Where the user's own credentials come from (``env``, ``shared-credentials-file``, …)."""
    from botocore.session import Session  # noqa: PLC0415  (see the module's docstring)

    found = Session().get_credentials()
    return None if found is None else str(found.method)


class _Later:
    """Stands for a client until one of its operations is asked for."""

    def __init__(self, service: str, access: Access) -> None:
        self._service, self._access = service, access

    @cached_property
    def _made(self) -> Any:  # noqa: ANN401  (botocore makes the class)
        return _client(self._service, self._access)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._made, name)


def _client(service: str, access: Access) -> Any:  # noqa: ANN401  (botocore makes the class)
    from botocore.config import Config  # noqa: PLC0415  (see the module's docstring)
    from botocore.loaders import Loader  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    from orchestrator.wire.model import FOLDER  # noqa: PLC0415

    embedded = access.application is not None
    endpoint = EMBEDDED_URL if embedded else access.endpoint_url
    session = Session(session_vars=_OWN if access.account else None)
    if endpoint and (FOLDER / service).is_dir():
        slim = Loader(extra_search_paths=[str(FOLDER)], include_default_search_paths=False)
        session.register_component("data_loader", slim)
    elif not access.account:
        session.register_component("data_loader", _whole_models())
    if service == "s3":
        _add_transfers(session)
    attempts = {"total_max_attempts": 1} if embedded else {"mode": "standard"}
    client = session.create_client(
        cast("Any", service),
        region_name=access.region,
        endpoint_url=endpoint,
        config=Config(
            retries=cast("Any", attempts),
            connect_timeout=5 if endpoint else 20,
            read_timeout=60,
            s3={"addressing_style": "path"} if endpoint else None,
        ),
        # Emulators read the account off a twelve-digit access key.
        aws_access_key_id=access.account,
        aws_secret_access_key=access.account and "amt",
    )
    if access.application is not None:
        embed(client, access.application)
    else:
        client.meta.events.register_last("needs-retry", cast("Any", _retreat))
    return client


def _retreat(attempts: int, response: Any = None, **_: object) -> float | None:  # noqa: ANN401
    """Seconds until a throttled request is sent again; None for what is not throttled.

    botocore's own rule is asked first and gives up after three attempts. The wait doubles, and
    has jitter, so that not all who were turned away come back together.
    """
    code = response[1].get("Error", {}).get("Code") if response else None
    if code not in THROTTLED or attempts >= ATTEMPTS:
        return None
    return secrets.SystemRandom().uniform(0, min(LONGEST_RETREAT, 0.5 * 2**attempts))


@cache
def _whole_models() -> Any:  # noqa: ANN401  (a botocore loader)
    """Botocore's own models, each read once however many clients are made."""
    from botocore.session import Session  # noqa: PLC0415  (as above)

    return Session().get_component("data_loader")


def _add_transfers(session: Any) -> None:  # noqa: ANN401  (a botocore session)
    """Give the session's S3 clients boto3's upload_file and download_file (multipart, threads)."""
    from boto3.session import Session as Boto3Session  # noqa: PLC0415  (as above)

    Boto3Session(botocore_session=session)


def embed(client: Any, application: WSGIApplication) -> None:  # noqa: ANN401  (any botocore client)
    """Let a botocore client call `application` in this thread instead of opening a socket."""
    from botocore.awsrequest import AWSResponse  # noqa: PLC0415  (see the module's docstring)

    from orchestrator.client.embedding import Body, Request, call  # noqa: PLC0415

    def send(request: Any, **_: Any) -> AWSResponse:  # noqa: ANN401  (an AWSPreparedRequest)
        sent = Request(request.method, request.url, request.headers, request.body)
        reply = call(application, sent)
        return AWSResponse(request.url, reply.status, cast("Any", reply.headers), Body(reply.body))

    client.meta.events.register("before-send", send)
