"""What a request to S3 does: the actions of the service authorization reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.endpoint.permissions.policies import Need

if TYPE_CHECKING:
    from orchestrator.endpoint.s3_exchange import Asked

_SETTINGS = {
    "accelerate": "AccelerateConfiguration",
    "acl": "BucketAcl",
    "analytics": "AnalyticsConfiguration",
    "cors": "BucketCORS",
    "encryption": "EncryptionConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "logging": "BucketLogging",
    "metrics": "MetricsConfiguration",
    "notification": "BucketNotification",
    "object-lock": "BucketObjectLockConfiguration",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "replication": "ReplicationConfiguration",
    "requestPayment": "BucketRequestPayment",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "website": "BucketWebsite",
}
_REALLY_DELETED = {"policy", "website"}
"""Settings whose removal is an action of its own; others' is their Put's."""

_BUCKET = {
    "PUT": "s3:CreateBucket",
    "DELETE": "s3:DeleteBucket",
    "HEAD": "s3:ListBucket",
    "GET": "s3:ListBucket",
}
_OBJECT = {
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "DELETE": "s3:DeleteObject",
}
_COPIED = "x-amz-copy-source"


def needs(request: Asked) -> list[Need]:
    """Everything that a request does."""
    if not request.bucket:
        return [Need("s3:ListAllMyBuckets", "*", {})]
    arn = f"arn:aws:s3:::{request.bucket}"
    if not request.key:
        return _of_bucket(request, arn)
    found = [Need(_object_action(request), f"{arn}/{request.key}", _context(request))]
    if source := request.headers.get(_COPIED):
        found.append(Need("s3:GetObject", f"arn:aws:s3:::{source.lstrip('/')}", {}))
    return found


def _of_bucket(request: Asked, arn: str) -> list[Need]:
    query, reading = request.query, request.method in {"GET", "HEAD"}
    for name, setting in _SETTINGS.items():
        if name in query:
            removed = request.method == "DELETE" and name in _REALLY_DELETED
            verb = "Delete" if removed else "Get" if reading else "Put"
            return [Need(f"s3:{verb}{setting}", arn, {})]
    if "location" in query:
        return [Need("s3:GetBucketLocation", arn, {})]
    if "uploads" in query:
        return [Need("s3:ListBucketMultipartUploads", arn, _context(request))]
    if "versions" in query:
        return [Need("s3:ListBucketVersions", arn, _context(request))]
    if "delete" in query:
        # Which keys is in the body; whoever may delete none may not ask (our reading).
        return [Need("s3:DeleteObject", f"{arn}/*", {})]
    return [Need(_BUCKET.get(request.method, "s3:PutObject"), arn, _context(request))]


def _object_action(request: Asked) -> str:
    query, method = request.query, request.method
    if "tagging" in query:
        verb = {"GET": "Get", "PUT": "Put"}.get(method, "Delete")
        return f"s3:{verb}ObjectTagging"
    if "acl" in query:
        return "s3:GetObjectAcl" if method == "GET" else "s3:PutObjectAcl"
    if "uploadId" in query and method == "DELETE":
        return "s3:AbortMultipartUpload"
    if "uploadId" in query and method == "GET":
        return "s3:ListMultipartUploadParts"
    return _OBJECT.get(method, "s3:GetObject")


def _context(request: Asked) -> dict[str, list[str]]:
    found = {
        f"s3:{name}": [request.query[name]]
        for name in ("prefix", "delimiter", "max-keys")
        if name in request.query
    }
    if not request.key and request.method in {"GET", "HEAD"}:
        found.setdefault("s3:prefix", [""])
    for name in ("server-side-encryption", "server-side-encryption-aws-kms-key-id", "acl"):
        if value := request.headers.get(f"x-amz-{name}"):
            found[f"s3:x-amz-{name}"] = [value]
    return found
