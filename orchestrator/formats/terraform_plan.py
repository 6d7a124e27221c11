"""What ``terraform show -json`` says of a plan or a state; read, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.formats.protocol import Format, Json, Reading, Remark, Source
from orchestrator.formats.terraform import RESOURCE, of_values

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPUTED = frozenset({"arn", "failure_reason", "id", "region", "status", "tags_all"})


def recognises(source: Source) -> bool:
    """The JSON form of a plan or a state."""
    data = source.data
    return isinstance(data, dict) and "format_version" in data and "terraform_version" in data


def read(source: Source) -> Reading:
    """The request of the one tuning job in it; what is known only after apply is told."""
    data = source.data if recognises(source) else {}
    values = data.get("planned_values") or data.get("values") or {}
    found = list(_resources(values.get("root_module")))
    if len(found) != 1:
        names = ", ".join(str(one.get("address")) for one in found)
        problem = f"has {len(found)} resources {RESOURCE}" + (f" ({names})" if names else "")
        raise source.refused(problem, "Give one: terraform plan -target=ADDRESS.")
    reading = of_values(source, found[0].get("values") or {})
    unknown = [
        Remark(path, "is known only after apply and was left out")
        for path in _unknown(data, found[0].get("address"))
    ]
    return Reading(reading.request, (*reading.remarks, *unknown))


def _resources(module: Any) -> Iterator[Json]:  # noqa: ANN401  (any JSON value)
    if not isinstance(module, dict):
        return
    for resource in module.get("resources") or ():
        if resource.get("type") == RESOURCE and resource.get("mode", "managed") == "managed":
            yield resource
    for inner in module.get("child_modules") or ():
        yield from _resources(inner)


def _unknown(data: Json, address: object) -> Iterator[str]:
    for change in data.get("resource_changes") or ():
        if change.get("address") == address:
            yield from _true(change.get("change", {}).get("after_unknown"), "")


def _true(value: object, path: str) -> Iterator[str]:
    if value is True and path not in _COMPUTED:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _true(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _true(item, f"{path}[{index}]")


FORMAT = Format("terraform-plan", "a Terraform plan", recognises, read)
