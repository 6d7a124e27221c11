"""Before any application: whose account a request is for, and whether its caller may do this.

Keys that IAM and STS here have made belong to their account. Where policies are enforced,
whoever signs with one of those may do what policies allow. Keys that look like none of AWS's
(an account of twelve digits, ``testing``) are the operator's, who may do everything.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import parse_qs

from orchestrator.endpoint import caller, protocols
from orchestrator.endpoint.permissions import s3_needs, service_needs
from orchestrator.endpoint.permissions.policies import Need, Principal, refusal, trusts
from orchestrator.endpoint.protocols import Refused
from orchestrator.endpoint.s3_exchange import asked
from orchestrator.endpoint.s3_faults import S3Fault
from orchestrator.wire import cbor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from orchestrator.training.spec import Scope

_KEY = re.compile(r"A[KS]IA[A-Z0-9]{16}")
_CREDENTIAL = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d{8}/[^/,\s]*/(?P<service>[^/,\s]+)/")
_CBOR_PATH = re.compile(r"/service/(?P<target>\w+)/operation/(?P<operation>\w+)/?")
OWN_ROUTES = "/_amt/"
ALWAYS = frozenset({"sts:GetCallerIdentity"})
"""Nobody can be forbidden it (documented)."""

WITHOUT_KEY = frozenset({"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"})
UPPER = {"sns": "SNS"}
"""Services whose actions stand in refusals in another spelling (observed)."""

CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidAccessKeyId": "UnrecognizedClientException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
}
"""How services of the JSON protocol call what S3 and forms call otherwise."""

UNKNOWN = "The security token included in the request is invalid."
NO_RECORD = "The AWS Access Key Id you provided does not exist in our records."


class Identities(Protocol):
    """IAM and STS."""

    def account_of(self, key: str) -> str | None:
        """The account an access key was made in; None for keys from elsewhere."""
        ...

    def principal(self, scope: Scope, key: str, token: str | None) -> Principal | None:
        """Who signs with that key; None when nobody does."""
        ...

    def trust(self, role: str) -> dict[str, Any] | None:
        """The trust policy of a role; None when there is no such role."""
        ...


class _Caller(NamedTuple):
    key: str
    token: str | None
    service: str


class Checkpoint:
    """One WSGI callable in front of another.

    Args:
        application: What answers the requests that pass.
        identities: IAM and STS.
        default: Account and region of requests that do not say.
        bucket_policy: The policy of a bucket, as JSON; None where S3 is not here.
        enforced: Whether policies are; else only accounts are told.
    """

    def __init__(
        self,
        application: WSGIApplication,
        identities: Identities,
        default: Scope,
        *,
        bucket_policy: Callable[[str], str | None] | None = None,
        enforced: bool = False,
    ) -> None:
        self._application, self._identities, self._default = application, identities, default
        self._bucket_policy, self._enforced = bucket_policy, enforced

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        who = _caller(environ)
        if _KEY.fullmatch(who.key) and (account := self._identities.account_of(who.key)):
            environ[caller.ACCOUNT] = account
        if self._enforced and not environ.get("PATH_INFO", "").startswith(OWN_ROUTES):
            try:
                self._check(who, environ)
            except Refused as refused:
                return _refuse(refused, environ, start_response, s3=who.service == "s3")
            except (AttributeError, TypeError) as fault:  # a policy of shapes that no policy has
                why = f"A policy cannot be evaluated: {fault}"
                denied = Refused("AccessDenied", why, HTTPStatus.FORBIDDEN)
                return _refuse(denied, environ, start_response, s3=who.service == "s3")
        return self._application(environ, start_response)

    def _check(self, who: _Caller, environ: WSGIEnvironment) -> None:
        scope = caller.of(environ, self._default)
        principal = self._principal(who, scope, environ)
        if principal is None:
            return
        for need in self._needs(who, scope, environ):
            if need.action in ALWAYS:
                continue
            own = self._policy_of(need)
            why = refusal(principal, _with_globals(need, scope), own)
            if why is None and need.action == "sts:AssumeRole":
                why = self._untrusted(principal, need)
            if why is not None:
                raise Refused("AccessDenied", _told(principal, need, why), HTTPStatus.FORBIDDEN)

    def _principal(self, who: _Caller, scope: Scope, environ: WSGIEnvironment) -> Principal | None:
        """Who asks; None for the operator and for who needs no key."""
        if not who.key:
            if protocols.operation(environ) in WITHOUT_KEY:
                return None
            why = "Missing Authentication Token"
            raise Refused("MissingAuthenticationToken", why, HTTPStatus.FORBIDDEN)
        if not _KEY.fullmatch(who.key):
            return None
        found = self._identities.principal(scope, who.key, who.token)
        if found is None:
            why = NO_RECORD if who.service == "s3" else UNKNOWN
            raise Refused("InvalidAccessKeyId", why, HTTPStatus.FORBIDDEN)
        return found

    def _needs(self, who: _Caller, scope: Scope, environ: WSGIEnvironment) -> list[Need]:
        if who.service == "s3":
            try:
                return s3_needs.needs(asked(environ, scope.region))
            except S3Fault:
                return []  # S3 itself refuses it
        target, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        path = _CBOR_PATH.fullmatch(environ.get("PATH_INFO", ""))
        if target:
            request = protocols.document(environ)
        elif protocols.is_form(environ):
            request = dict(protocols.form(environ))
            operation = str(request.get("Action", ""))
        elif path is not None:
            target, operation, request = path["target"], path["operation"], {}
        else:
            operation, request = environ["REQUEST_METHOD"], {}
        signed = service_needs.SIGNED.get(who.service, who.service)
        service = service_needs.PREFIXES.get(target, signed)
        return service_needs.needs(service, operation, request, scope)

    def _policy_of(self, need: Need) -> dict[str, Any] | None:
        """The resource's own policy, where it counts."""
        if self._bucket_policy is None or not need.resource.startswith("arn:aws:s3:::"):
            return None
        bucket = need.resource.removeprefix("arn:aws:s3:::").partition("/")[0]
        text = self._bucket_policy(bucket)
        return None if text is None else dict(json.loads(text))

    def _untrusted(self, principal: Principal, need: Need) -> str | None:
        policy = self._identities.trust(need.resource)
        if policy is not None and trusts(policy, principal, need):
            return None
        return "because no resource-based policy allows the sts:AssumeRole action"


def _caller(environ: WSGIEnvironment) -> _Caller:
    """The key that a request is signed with, in its header or in its address."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    address = query.get("X-Amz-Credential", [""])[0]
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "") or f"Credential={address}/")
    token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN") or query.get("X-Amz-Security-Token", [None])[0]
    if found is None:
        return _Caller(query.get("AWSAccessKeyId", [""])[0], token, "s3" if address else "")
    return _Caller(found["key"], token, found["service"])


def _with_globals(need: Need, scope: Scope) -> Need:
    """With the condition keys that every request has; loopback counts as TLS (our reading)."""
    context = {
        **need.context,
        "aws:securetransport": ["true"],
        "aws:sourceip": ["127.0.0.1"],
        "aws:requestedregion": [scope.region],
        "aws:resourceaccount": [scope.account],
    }
    return need._replace(context=context)


def _told(who: Principal, need: Need, why: str) -> str:
    service, _, name = need.action.partition(":")
    action = f"{UPPER.get(service, service)}:{name}"
    return (
        f"User: {who.arn} is not authorized to perform: {action} on resource: "
        f"{need.resource} {why.replace(need.action, action)}"
    )


def _refuse(
    refused: Refused, environ: WSGIEnvironment, start_response: StartResponse, *, s3: bool
) -> Iterable[bytes]:
    """Refuse in the protocol and under the code of the service."""
    if s3:
        fault = S3Fault(refused.code, str(refused))
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else fault.body("", "amt")
        return protocols.answer(start_response, "application/xml", body.decode(), fault.status)
    denied = refused.code == "AccessDenied"
    if protocols.is_form(environ):
        service = _caller(environ).service
        code = "AuthorizationError" if denied and service == "sns" else refused.code
        code = "InvalidClientTokenId" if code == "InvalidAccessKeyId" else code
        return protocols.refuse(
            environ, start_response, Refused(code, str(refused), refused.status)
        )
    code = CODES.get(refused.code, refused.code)
    if _CBOR_PATH.fullmatch(environ.get("PATH_INFO", "")):
        body = cbor.encode({"__type": code, "message": str(refused)})
        headers = [("Content-Type", cbor.CONTENT_TYPE), ("smithy-protocol", "rpc-v2-cbor")]
        start_response("403 Forbidden", [*headers, ("Content-Length", str(len(body)))])
        return [body]
    return protocols.refuse(environ, start_response, Refused(code, str(refused)))
