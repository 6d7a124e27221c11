"""S3's protocol over the folder that the emulator keeps its objects in.

So what a client uploads is a file for training jobs, and the model they leave is an object,
without a second copy and whether or not the server was restarted between. Signatures are not
checked: presigned URLs work, and so does any credential. What a bucket has beside objects
(policies, lifecycles and so on) is kept by `bucket_settings`.
"""

from __future__ import annotations

import logging
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING

from orchestrator.aws.buckets import Buckets
from orchestrator.aws.folder import FolderObjects
from orchestrator.aws.uri import address
from orchestrator.endpoint import caller
from orchestrator.endpoint.bucket_documents import KINDS, READ_ONLY
from orchestrator.endpoint.bucket_settings import BucketSettings
from orchestrator.endpoint.s3_bodies import Spool
from orchestrator.endpoint.s3_exchange import NO_CONTENT, Answered, Asked, asked, element, stamp
from orchestrator.endpoint.s3_faults import S3Fault, malformed, no_such_bucket
from orchestrator.endpoint.s3_listing import OWNER, Listing
from orchestrator.endpoint.s3_multipart import Uploads
from orchestrator.endpoint.s3_objects import ObjectOperations
from orchestrator.endpoint.s3_records import Records
from orchestrator.errors import TransferFailed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from orchestrator.clock import Clock
    from orchestrator.training.spec import Scope

_log = logging.getLogger(__name__)

OLDEST_REGION = "us-east-1"
"""Where a bucket's location is empty and creating it twice succeeds (documented)."""

MOST_DELETED = 1000
BUCKET_SUB_RESOURCES = frozenset(
    {*KINDS, READ_ONLY, "abac", "metadataConfiguration", "metadataTable", "session"}
)
OBJECT_SUB_RESOURCES = frozenset(
    {"acl", "attributes", "legal-hold", "restore", "retention", "select", "torrent"}
)


class S3Application:
    """One WSGI callable.

    Args:
        root: The folder of the objects.
        clock: The time.
        default: Account and region of requests that are not signed.
    """

    def __init__(self, root: Path, clock: Clock, default: Scope) -> None:
        objects, records, self._buckets = FolderObjects(root), Records(root), Buckets(root)
        spool, self._uploads = Spool(root, clock), Uploads(root, lambda: secrets.token_hex(16))
        spool.sweep()
        self._objects = objects
        self._default = default
        self._settings = BucketSettings(root, self._buckets)
        self._listing = Listing(objects, records)
        self._operations = ObjectOperations(
            objects,
            self._buckets,
            records=records,
            spool=spool,
            uploads=self._uploads,
            clock=clock,
        )

    @property
    def buckets(self) -> Buckets:
        """The buckets there are."""
        return self._buckets

    def bucket_policy(self, bucket: str) -> str | None:
        """The policy of a bucket, as JSON; None when it has none."""
        return self._settings.policy(bucket)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request (PEP 3333)."""
        identity = secrets.token_hex(8).upper()
        try:
            request = asked(environ, self._region(environ))
            answered = self._answer(request)
        except S3Fault as fault:
            answered = _refused(fault, environ, identity)
        except (ConnectionError, TimeoutError):
            raise  # the client left: there is nobody to answer, and no news
        except (TransferFailed, OSError) as failure:
            _log.warning("an S3 request failed: %s", failure)
            answered = _refused(S3Fault("InternalError", str(failure)), environ, identity)
        except Exception:  # noqa: BLE001  (the edge: a caller never sees a stack trace)
            _log.exception("S3 request %s could not be answered", identity)
            why = f"The emulator failed; its log has the cause of {identity}."
            answered = _refused(S3Fault("InternalError", why), environ, identity)
        headers = [(name, _latin(value)) for name, value in answered.headers.items()]
        headers += [("x-amz-request-id", identity), ("x-amz-bucket-region", self._region(environ))]
        start_response(f"{answered.status.value} {answered.status.phrase}", headers)
        return answered.body

    def _region(self, environ: WSGIEnvironment) -> str:
        return caller.of(environ, self._default).region

    def _answer(self, request: Asked) -> Answered:
        if beside := _beside(request):
            return self._aside(request, beside)
        if request.key:
            return self._operations.answer(request)
        if request.bucket:
            return self._on_bucket(request)
        if request.method == "GET":
            return self._list_buckets()
        raise S3Fault("MethodNotAllowed", "The specified method is not allowed here.")

    def _aside(self, request: Asked, name: str) -> Answered:
        if not self._buckets.exists(request.bucket):
            raise no_such_bucket()
        if request.key:
            raise S3Fault("NotImplemented", f"The emulator does not keep this of S3: {name}.")
        return self._settings.answer(name, request)

    # ------------------------------------------------------------------ buckets

    def _list_buckets(self) -> Answered:
        rows = "".join(
            f"<Bucket>{element('Name', name)}{element('CreationDate', stamp(created))}</Bucket>"
            for name, created in self._buckets.all()
        )
        return Answered.xml("ListAllMyBucketsResult", f"{OWNER}<Buckets>{rows}</Buckets>")

    def _on_bucket(self, request: Asked) -> Answered:
        if request.method == "PUT":
            return self._create(request)
        if not self._buckets.exists(request.bucket):
            raise no_such_bucket()
        if request.method == "HEAD":
            return Answered.empty()
        if request.method == "DELETE":
            return self._delete(request)
        if request.method == "GET":
            return self._read_bucket(request)
        if request.method == "POST" and "delete" in request.query:
            return self._delete_objects(request)
        raise S3Fault("MethodNotAllowed", "The specified method is not allowed here.")

    def _read_bucket(self, request: Asked) -> Answered:
        if "location" in request.query:
            region = "" if request.region == OLDEST_REGION else request.region
            return Answered.xml("LocationConstraint", region)
        if "uploads" in request.query:
            return self._list_uploads(request)
        if "versions" in request.query:
            return self._listing.versions(request)
        if request.query.get("list-type") == "2":
            return self._listing.second(request)
        return self._listing.first(request)

    def _create(self, request: Asked) -> Answered:
        if self._buckets.exists(request.bucket):
            if request.region != OLDEST_REGION:
                raise S3Fault(
                    "BucketAlreadyOwnedByYou",
                    "Your previous request to create the named bucket succeeded and you already own it.",
                )
        else:
            try:
                self._buckets.make(request.bucket)
            except TransferFailed as failure:
                if "no bucket's name" not in str(failure):
                    raise
                raise S3Fault("InvalidBucketName", "The specified bucket is not valid.") from None
            self._settings.made(request)
        return Answered.empty({"Location": f"/{request.bucket}"})

    def _delete(self, request: Asked) -> Answered:
        if next(iter(self._objects.list(f"s3://{request.bucket}/")), None) is not None:
            raise S3Fault("BucketNotEmpty", "The bucket you tried to delete is not empty")
        self._buckets.remove(request.bucket)
        self._settings.forget(request.bucket)
        return NO_CONTENT

    def _delete_objects(self, request: Asked) -> Answered:
        document = request.document()
        keys = [each.findtext("Key") for each in document.findall("Object")]
        if not keys or len(keys) > MOST_DELETED or not all(keys):
            raise malformed()
        quiet = (document.findtext("Quiet") or "").strip().lower() == "true"
        rows = ""
        for key in keys:
            uri = f"s3://{request.bucket}/{key}"
            try:
                self._operations.remove(str(address(uri)))
            except TransferFailed as failure:
                rows += f"<Error>{element('Key', str(key))}<Code>InternalError</Code>{element('Message', str(failure))}</Error>"
            else:
                rows += "" if quiet else f"<Deleted>{element('Key', str(key))}</Deleted>"
        return Answered.xml("DeleteResult", rows)

    def _list_uploads(self, request: Asked) -> Answered:
        rows = "".join(
            f"<Upload>{element('Key', upload.key)}{element('UploadId', upload.id)}"
            f"{element('Initiated', stamp(upload.begun))}</Upload>"
            for upload in self._uploads.of(request.bucket)
            if upload.key.startswith(request.query.get("prefix", ""))
        )
        inside = element("Bucket", request.bucket) + element("IsTruncated", "false")
        return Answered.xml("ListMultipartUploadsResult", inside + rows)


def _beside(request: Asked) -> str:
    """Which of the things that a bucket or an object has beside the objects' bytes and tags."""
    if not request.bucket:
        return ""
    names = OBJECT_SUB_RESOURCES if request.key else BUCKET_SUB_RESOURCES
    return next(iter(names & request.query.keys()), "")


def _refused(fault: S3Fault, environ: WSGIEnvironment, identity: str) -> Answered:
    body = fault.body(
        environ.get("PATH_INFO", "").encode("latin-1").decode(errors="replace"), identity
    )
    if environ["REQUEST_METHOD"] == "HEAD":
        body = b""
    headers = {"Content-Length": str(len(body))} if fault.status != HTTPStatus.NOT_MODIFIED else {}
    return Answered(fault.status, headers | {"Content-Type": "application/xml"}, (body,))


def _latin(value: str) -> str:
    """A header's value as HTTP carries it; line ends cannot be in one."""
    clean = value.replace("\r", " ").replace("\n", " ")
    try:
        clean.encode("latin-1")
    except UnicodeEncodeError:
        return clean.encode().decode("latin-1")
    return clean
