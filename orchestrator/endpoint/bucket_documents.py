"""The documents that a bucket has beside its objects: what each is called, and what is in it.

Codes, statuses and what a new bucket has of them are documented; nothing here acts on them.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrator.endpoint.s3_exchange import NAMESPACE
from orchestrator.endpoint.s3_faults import S3Fault, malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
ET.register_namespace("xsi", INSTANCE)

_GROUP = "http://acs.amazonaws.com/groups/global/"
_OWNER = "<ID>amt</ID><DisplayName>amt</DisplayName>"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document.

    Attributes:
        root: The XML element.
        missing: The code and the text for a bucket that has none.
        default: What a bucket that was never given any has, without the root.
        after_delete: The same for one whose document was deleted.
        allowed: What texts may be at a path below the root, by path.
        many: Whether a bucket has several, by ``id``.
        removable: Whether DELETE takes it away.
        stored: The status of a PUT.
    """

    root: str
    missing: tuple[str, str] = (
        "NoSuchConfiguration",
        "The specified configuration does not exist.",
    )
    default: str | None = None
    after_delete: str | None = None
    allowed: Mapping[str, frozenset[str]] | None = None
    many: bool = False
    removable: bool = True
    stored: int = 200


def _one_of(path: str, *texts: str) -> dict[str, frozenset[str]]:
    return {path: frozenset(texts)}


_BOOLEAN = frozenset({"true", "false", "TRUE", "FALSE"})
_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_AES = "<Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>"

KINDS: Mapping[str, Kind] = {
    "accelerate": Kind(
        "AccelerateConfiguration",
        default="",
        allowed=_one_of("Status", "Enabled", "Suspended"),
        removable=False,
    ),
    "acl": Kind("AccessControlPolicy", default="", removable=False),
    "analytics": Kind("AnalyticsConfiguration", many=True),
    "cors": Kind(
        "CORSConfiguration",
        ("NoSuchCORSConfiguration", "The CORS configuration does not exist"),
    ),
    "encryption": Kind(
        "ServerSideEncryptionConfiguration",
        default=_AES,
        after_delete=_AES,
        allowed=_one_of(
            "Rule/ApplyServerSideEncryptionByDefault/SSEAlgorithm",
            "AES256",
            "aws:kms",
            "aws:kms:dsse",
        ),
    ),
    "intelligent-tiering": Kind("IntelligentTieringConfiguration", many=True),
    "inventory": Kind("InventoryConfiguration", many=True),
    "lifecycle": Kind(
        "LifecycleConfiguration",
        ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        allowed=_one_of("Rule/Status", "Enabled", "Disabled"),
    ),
    "logging": Kind("BucketLoggingStatus", default="", removable=False),
    "metrics": Kind("MetricsConfiguration", many=True),
    "notification": Kind("NotificationConfiguration", default="", removable=False),
    "object-lock": Kind(
        "ObjectLockConfiguration",
        (
            "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket",
        ),
        allowed=_one_of("ObjectLockEnabled", "Enabled"),
        removable=False,
    ),
    "ownershipControls": Kind(
        "OwnershipControls",
        ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found"),
        default="<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>",
        allowed=_one_of(
            "Rule/ObjectOwnership", "BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"
        ),
        stored=204,
    ),
    "policy": Kind(
        "", ("NoSuchBucketPolicy", "The bucket policy does not exist"), stored=204
    ),
    "publicAccessBlock": Kind(
        "PublicAccessBlockConfiguration",
        (
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
        default="".join(f"<{each}>true</{each}>" for each in _BLOCKS),
        allowed=dict.fromkeys(_BLOCKS, _BOOLEAN),
    ),
    "replication": Kind(
        "ReplicationConfiguration",
        (
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        ),
    ),
    "requestPayment": Kind(
        "RequestPaymentConfiguration",
        default="<Payer>BucketOwner</Payer>",
        allowed=_one_of("Payer", "BucketOwner", "Requester"),
        removable=False,
    ),
    "tagging": Kind("Tagging", ("NoSuchTagSet", "The TagSet does not exist"), stored=204),
    "versioning": Kind(
        "VersioningConfiguration",
        default="",
        allowed=_one_of("Status", "Enabled", "Suspended"),
        removable=False,
    ),
    "website": Kind(
        "WebsiteConfiguration",
        (
            "NoSuchWebsiteConfiguration",
            "The specified bucket does not have a website configuration",
        ),
    ),
}  # fmt: skip
"""By the query's name."""

READ_ONLY = "policyStatus"
LISTS = {
    "analytics": "ListBucketAnalyticsConfigurationsResult",
    "intelligent-tiering": "ListBucketIntelligentTieringConfigurationsOutput",
    "inventory": "ListInventoryConfigurationsResult",
    "metrics": "ListMetricsConfigurationsResult",
}
"""How the answer of a listing is called, where a bucket has several."""

CANNED = {
    "private": (),
    "public-read": (("AllUsers", "READ"),),
    "public-read-write": (("AllUsers", "READ"), ("AllUsers", "WRITE")),
    "authenticated-read": (("AuthenticatedUsers", "READ"),),
}
"""What canned ACLs grant beside the owner's full control."""


def grants(canned: str) -> str:
    """The inside of the ACL of that name.

    Raises:
        S3Fault: There is none, or the folder's single owner cannot have it.
    """
    if canned not in CANNED:
        raise S3Fault("InvalidArgument", f"There is no canned ACL {canned} here.")
    owner = _grant(f'xsi:type="CanonicalUser">{_OWNER}', "FULL_CONTROL")
    others = "".join(
        _grant(f'xsi:type="Group"><URI>{_GROUP}{group}</URI>', right)
        for group, right in CANNED[canned]
    )
    return f"<Owner>{_OWNER}</Owner><AccessControlList>{owner}{others}</AccessControlList>"


def _grant(grantee: str, right: str) -> str:
    who = f'<Grantee xmlns:xsi="{INSTANCE}" {grantee}</Grantee>'
    return f"<Grant>{who}<Permission>{right}</Permission></Grant>"


def inside(kind: Kind, document: ET.Element) -> str:
    """What is to be kept of a document that was sent: its inside, as XML.

    Raises:
        S3Fault: It is another document, or something in it may not be.
    """
    if document.tag != kind.root:
        raise malformed()
    for path, allowed in (kind.allowed or {}).items():
        if any((each.text or "") not in allowed for each in document.findall(path)):
            raise malformed()
    text = ET.tostring(document, encoding="unicode", short_empty_elements=False)
    return re.sub(rf"^<{kind.root}[^>]*>|</{kind.root}>$", "", text)


def policy(content: bytes, most: int) -> str:
    """A bucket policy that was sent, of at most so many bytes.

    Raises:
        S3Fault: It is none.
    """
    try:
        found = json.loads(content)
        statements = found["Statement"]
        listed = statements if isinstance(statements, list) else [statements]
        sound = len(content) <= most and all(each["Effect"] in {"Allow", "Deny"} for each in listed)
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise S3Fault(
            "MalformedPolicy", "Policies must be valid JSON with statements that have an effect."
        )
    return content.decode()


def is_public(text: str) -> bool:
    """True when a policy allows anybody something without a condition (our reading)."""
    statements = json.loads(text)["Statement"]
    listed = statements if isinstance(statements, list) else [statements]
    return any(
        each["Effect"] == "Allow"
        and not each.get("Condition")
        and each.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        for each in listed
    )


def whole(kind: Kind, inner: str) -> bytes:
    """The document as it is answered."""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{kind.root} xmlns="{NAMESPACE}">{inner}</{kind.root}>'.encode()
