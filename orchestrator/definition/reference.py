"""The table of every key of a job file, for the reference in the documentation."""

from __future__ import annotations

from orchestrator.definition.input_data import CHANNEL
from orchestrator.definition.job_members import JOB
from orchestrator.definition.schema.keys import reference
from orchestrator.definition.training_members import TRAINING

_HEAD = "| key | | becomes | meaning |\n|---|---|---|---|"


def table() -> str:
    """A Markdown table: key, whether it is required, the request's member, the meaning."""
    members = _members()
    rows: dict[str, str] = {}
    for key in reference():
        member = f"`{members[key.path]}`" if key.path in members else ""
        required = "required" if key.required else ""
        row = f"| `{key.path}` | {required} | {member} | {key.meaning} |"
        if key.path in rows and not rows[key.path].endswith(row.rsplit(" | ", 1)[1]):
            # the kinds of range share keys and say of each what it is there
            rows[key.path] = rows[key.path].removesuffix(" |") + f" {key.meaning} |"
        else:
            rows[key.path] = row
    return "\n".join([_HEAD, *rows.values()])


def _members() -> dict[str, str]:
    top = {".".join(member.key): member.member[-1] for member in (*JOB, *TRAINING)}
    channel = {
        f"training.channels.<name>.{'.'.join(member.key)}": member.member[-1] for member in CHANNEL
    }
    return top | channel


if __name__ == "__main__":
    print(table())  # noqa: T201  (what this program is for)
