"""One door for all of AWS that tuning needs: which application answers a request.

===========================================  ===================================================
``/_amt/…``, and whatever a web page sends   the endpoint's own routes (`control`)
``X-Amz-Target`` of an operation of ours     our SageMaker jobs and their logs; of operations
                                             that other entities have too (tags, Search, log
                                             groups), those about ours
metrics of training jobs                     `metrics_app`
signed for ``s3``, or unsigned and no form   S3
anything else                                the other services
===========================================  ===================================================
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.log_streams import GROUP
from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from orchestrator.endpoint.protocols import FORM

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from orchestrator.endpoint.metrics_app import Metrics

OWN_ROUTES = "/_amt/"
LARGEST_LOOKED_INTO = 8 << 20

_SERVICE = re.compile(r"Credential=[^/,\s]+/\d{8}/[a-z0-9-]*/(?P<service>[a-z0-9-]+)/aws4_request")
_SIGNED_URL = re.compile(
    r"(?:^|&)(?:X-Amz-Credential=[^&]*%2Fs3%2F|AWSAccessKeyId=)", re.IGNORECASE
)
_OUR_ARN = re.compile(
    r"arn:[^:]+:sagemaker:[^:]*:[^:]*:(?:hyper-parameter-tuning-job|training-job)/"
)
_OUR_RESOURCES = {"HyperParameterTuningJob", "TrainingJob"}


@dataclass(frozen=True, slots=True)
class Gateway:
    """One WSGI callable.

    Attributes:
        jobs: Our SageMaker and Logs.
        metrics: CloudWatch's metrics of training jobs.
        s3: S3.
        others: The other services.
        control: The endpoint's own routes.
    """

    jobs: WSGIApplication
    metrics: Metrics
    s3: WSGIApplication
    others: WSGIApplication
    control: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        return self.application(environ)(environ, start_response)

    def application(self, environ: WSGIEnvironment) -> WSGIApplication:
        """Which one answers; its body is looked into and can be read again."""
        own = environ.get("PATH_INFO", "").startswith(OWN_ROUTES)
        if own or environ.get("HTTP_ORIGIN"):  # `control` refuses what a web page sends
            return self.control
        if self.metrics.takes(environ):
            return self.metrics
        if environ.get("HTTP_X_AMZ_TARGET"):
            if not environ.get("CONTENT_LENGTH"):
                _looked_into(environ)  # it came in chunks; whoever answers goes by the length
            return self.jobs if _is_ours(environ) else self.others
        return self.s3 if _is_s3(environ) else self.others


def _is_ours(environ: WSGIEnvironment) -> bool:
    service, _, operation = environ["HTTP_X_AMZ_TARGET"].partition(".")
    if service == "SageMaker" and operation in SAGEMAKER:
        return operation not in _SHARED or _SHARED[operation](_looked_into(environ))
    return (
        service == "Logs_20140328" and operation in LOGS and _about_our_logs(_looked_into(environ))
    )


def _about_our_arn(request: dict[str, Any]) -> bool:
    """Without an ARN it is for us to refuse."""
    arn = request.get("ResourceArn")
    return not isinstance(arn, str) or _OUR_ARN.match(arn) is not None or ":sagemaker:" not in arn


def _about_our_resource(request: dict[str, Any]) -> bool:
    kind = request.get("Resource")
    return not isinstance(kind, str) or kind in _OUR_RESOURCES


def _about_our_logs(request: dict[str, Any]) -> bool:
    group = request.get("logGroupName") or request.get("logGroupIdentifier") or ""
    return isinstance(group, str) and group.removesuffix(":*").rpartition(":")[2] == GROUP


_SHARED = {
    "AddTags": _about_our_arn,
    "DeleteTags": _about_our_arn,
    "ListTags": _about_our_arn,
    "Search": _about_our_resource,
}
"""Operations that entities of others have too."""


def _looked_into(environ: WSGIEnvironment) -> dict[str, Any]:
    """The JSON body, which can be read again afterwards; empty when it is no JSON object."""
    content = environ["wsgi.input"].read(LARGEST_LOOKED_INTO + 1)
    environ["wsgi.input"] = io.BytesIO(content)
    environ["CONTENT_LENGTH"] = str(len(content))
    try:
        request = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return request if isinstance(request, dict) else {}


def _is_s3(environ: WSGIEnvironment) -> bool:
    signed = _SERVICE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if signed is not None:
        return signed["service"] == "s3"
    query = environ.get("QUERY_STRING", "")
    if _SIGNED_URL.search(query) or environ.get("HTTP_AUTHORIZATION", "").startswith("AWS "):
        return True
    form = environ.get("CONTENT_TYPE", "").startswith(FORM)
    return not form and "Action=" not in query
