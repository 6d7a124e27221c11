"""S3 when the settings send it elsewhere (``AMT_S3``): this endpoint then has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.endpoint.s3_faults import S3Fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


@dataclass(frozen=True, slots=True)
class S3Elsewhere:
    """One WSGI callable, which says where S3 is (``aws`` or a URL)."""

    where: str

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Refuse the request, saying where to send it."""
        place = "AWS" if self.where == "aws" else self.where
        fault = S3Fault(
            "NotImplemented", f"This emulator's S3 is {place}; set AWS_ENDPOINT_URL_S3 to it."
        )
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else fault.body("", "0")
        headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
        start_response(f"{fault.status.value} {fault.status.phrase}", headers)
        return [body]
