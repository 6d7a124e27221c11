"""What buckets have beside objects: policies, lifecycles, encryption and the like.

Kept by moto, in memory: nothing here acts on them, but Terraform and scripts that write them
read them back. Our buckets are folders; moto hears of one when its settings are first asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.client.embedding import Request
from orchestrator.endpoint import caller

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orchestrator.endpoint.other_services import OtherServices
    from orchestrator.training.spec import Scope

OLDEST_REGION = "us-east-1"
"""The one that a bucket is not told to be in (documented)."""


class BucketSettings:
    """The settings of all buckets."""

    def __init__(self, others: OtherServices, default: Scope) -> None:
        self._others = others
        self._default = default

    def available(self) -> bool:
        """True when somebody keeps them."""
        return self._others.available()

    def answer(
        self, bucket: str, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request about the settings of `bucket`, which exists."""
        scope = caller.scope(environ.get("HTTP_AUTHORIZATION", ""), self._default)
        body = f"<LocationConstraint>{scope.region}</LocationConstraint>"
        configuration = f"<CreateBucketConfiguration>{body}</CreateBucketConfiguration>"
        self._ask("PUT", bucket, scope, "" if scope.region == OLDEST_REGION else configuration)
        return self._others(environ, start_response)

    def forget(self, bucket: str, environ: WSGIEnvironment) -> None:
        """The bucket is gone."""
        if self._others.state == "loaded":
            scope = caller.scope(environ.get("HTTP_AUTHORIZATION", ""), self._default)
            self._ask("DELETE", bucket, scope)

    def _ask(self, method: str, bucket: str, scope: Scope, body: str = "") -> None:
        credential = f"{scope.account}/20260101/{scope.region}/s3/aws4_request"
        headers = {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=amt",
            "X-Moto-Account-Id": scope.account,
        }
        self._others.ask(Request(method, f"http://localhost/{bucket}", headers, body))
