"""`amt run --dry-run`: everything a launch would do, as data and as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orchestrator.client.upload_bucket import absent
from orchestrator.client.uploads import as_bytes
from orchestrator.report.table import facts

if TYPE_CHECKING:
    from orchestrator.client.launch import Launch
    from orchestrator.client.preparation import Choices
    from orchestrator.client.uploads import Shipment
    from orchestrator.errors import Fault

Outlook = dict[str, Any]


def outlook(launch: Launch) -> Outlook:
    """What would be done, as JSON; it only asks.

    Raises:
        NameTaken: A job of that name and another definition is there.
    """
    standing = launch.standing()
    missing = launch.missing_buckets()
    shipments = () if standing else launch.survey(missing)
    parts = launch.request.get("TrainingJobDefinitions")
    parts = parts or [launch.request.get("TrainingJobDefinition", {})]
    algorithms = [part.get("AlgorithmSpecification", {}) for part in parts]
    return {
        "endpoint": launch.connection.label,
        "account": launch.connection.account,
        "region": launch.connection.region,
        "name": launch.naming.name,
        "does": "follow" if standing else "create",
        "roles": sorted({str(part.get("RoleArn")) for part in parts}),
        "images": sorted(
            {str(each.get("TrainingImage") or each.get("AlgorithmName")) for each in algorithms}
        ),
        "buckets": list(launch.buckets),
        "missing_buckets": list(missing),
        "uploads": [_upload(each) for each in shipments],
        "tags": {tag["Key"]: tag["Value"] for tag in launch.request.get("Tags", ())},
        "request": launch.request,
    }


def _upload(shipment: Shipment) -> Outlook:
    parcel = shipment.parcel
    return {
        "path": str(parcel.path),
        "uri": parcel.uri,
        "objects": len(parcel.items),
        "bytes": sum(item.size for item in parcel.items),
        "sent_objects": len(shipment.send),
        "sent_bytes": shipment.size,
        "copied_objects": len(shipment.copy),
    }


def told(found: Outlook) -> str:
    """The same for people: facts, then the request."""
    head = facts(
        [
            ("endpoint", f"{found['endpoint']}, account {found['account']}, {found['region']}"),
            ("would", f"{found['does']} {found['name']}"),
            *[("role", role) for role in found["roles"]],
            *[("image", image) for image in found["images"]],
            *[("bucket", _bucket(found, bucket)) for bucket in found["buckets"]],
            *[("upload", _sentence(upload)) for upload in found["uploads"]],
            *[("tag", f"{key} = {value}") for key, value in found["tags"].items()],
        ]
    )
    return f"{head}\n{json.dumps(found['request'], indent=2, ensure_ascii=False)}"


def refusals(found: Outlook, choices: Choices) -> list[Fault]:
    """Why the launch itself would be refused."""
    return [] if choices.create_bucket else [absent(each) for each in found["missing_buckets"]]


def _bucket(found: Outlook, bucket: str) -> str:
    return f"{bucket} (would be made)" if bucket in found["missing_buckets"] else bucket


def _sentence(upload: Outlook) -> str:
    if not upload["sent_objects"] and not upload["copied_objects"]:
        return f"{upload['path']}: is there as {upload['uri']}"
    sent = f"{upload['sent_objects']} of {upload['objects']} objects"
    size = f"{as_bytes(upload['sent_bytes'])} of {as_bytes(upload['bytes'])}"
    copied = f", {upload['copied_objects']} copied inside S3" if upload["copied_objects"] else ""
    return f"{upload['path']}: {sent}, {size}{copied}, to {upload['uri']}"
