"""Whose account and region a request is for, read off its signature's credential scope.

The signature itself is not checked. An access key id of twelve digits is the account (a custom
of emulators, so that one endpoint can serve several); any other key means the default account.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.training.spec import Scope
from orchestrator.wire import names

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_CREDENTIAL = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[a-z0-9-]+)/(?P<service>[a-z0-9-]+)/aws4_request"
)
ACCOUNT = "amt.account"
"""In a request's environment: the account of a key that was made here."""

_ACCOUNT = re.compile(r"\d{12}")


def scope(authorization: str, default: Scope) -> Scope:
    """Account, region and partition of a request with this ``Authorization`` header."""
    found = _CREDENTIAL.search(authorization)
    if found is None:
        return default
    account = found["key"] if _ACCOUNT.fullmatch(found["key"]) else default.account
    return Scope(account, found["region"], names.partition(found["region"]))


def of(environ: WSGIEnvironment, default: Scope) -> Scope:
    """Account, region and partition of a request."""
    found = scope(environ.get("HTTP_AUTHORIZATION", ""), default)
    return replace(found, account=environ.get(ACCOUNT, found.account))
