"""What an endpoint makes of each member of a request: as is, differently, not at all.

AWS takes every member as it is. The emulator, embedded or behind a URL, is told by
`parity_table`. Every member of the request is in one of the three groups: nothing is left out.
``python -m orchestrator.formats.parity`` writes `docs/parity.md`.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestrator.formats import members
from orchestrator.formats.parity_table import DIFFERENT, SAME, WITHOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.formats.protocol import Json

AWS = "aws"


@dataclass(frozen=True, slots=True)
class Parity:
    """The members of one request by what becomes of them at one endpoint.

    Attributes:
        as_is: Paths of members that are sent and mean there what AWS documents.
        different: Path -> what is done instead.
        without: Path -> why it has no effect.
    """

    as_is: list[str] = field(default_factory=list)
    different: dict[str, str] = field(default_factory=dict)
    without: dict[str, str] = field(default_factory=dict)


def parity(request: Json, target: str) -> Parity:
    """What becomes of `request` on ``local``, ``aws`` or a URL (an emulator behind a port)."""
    found = Parity()
    for path, general, value in members.walked(request, members.tuning_shape()):
        if _holds_others(value, general):
            continue
        if target == AWS:
            found.as_is.append(path)
            continue
        without, different = _told(WITHOUT, general, value), _told(DIFFERENT, general, value)
        if without is not None:
            found.without[path] = without
        elif different is not None:
            found.different[path] = different
        else:
            assert general in SAME, f"{general} is in no table of parity"
            found.as_is.append(path)
    return found


def _told(table: Mapping[str, str], general: str, value: object) -> str | None:
    return table.get(f"{general}={value}", table.get(general))


def _holds_others(value: object, general: str) -> bool:
    """Whether a member stands for those inside it (a map's keys are the user's own)."""
    if isinstance(value, dict):
        return general not in SAME
    return isinstance(value, list) and general not in {*SAME, *DIFFERENT, *WITHOUT}


def rows() -> Iterator[tuple[str, str, str]]:
    """(member, group, what is so) of every line of the tables, for the document."""
    for member in sorted(SAME | _bare(DIFFERENT) | _bare(WITHOUT)):
        lines = list(_lines(member))
        if member in SAME:
            yield member, "as is", "but for the values below" if lines else ""
        yield from lines


def _lines(member: str) -> Iterator[tuple[str, str, str]]:
    for group, table in (("differently", DIFFERENT), ("not emulated", WITHOUT)):
        for key, text in table.items():
            if key.partition("=")[0] == member:
                yield key, group, text


def _bare(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(key.partition("=")[0] for key in table)


_HEAD = """# Parity, member by member

What the emulator makes of each member of a tuning request; `amt validate FILE` says it of the members
that a file has. Written from `orchestrator/formats/parity_table.py`, by
`python -m orchestrator.formats.parity > docs/parity.md`; a test holds the table against the service model.
`TrainingJobDefinition` stands for each of `TrainingJobDefinitions` too. AWS takes all of them as they are.

| member | emulated | how |
|---|---|---|
"""


def main() -> None:
    """Write the document to stdout."""
    table = "".join(f"| `{member}` | {group} | {text} |\n" for member, group, text in rows())
    sys.stdout.write(_HEAD + table)


if __name__ == "__main__":
    main()
