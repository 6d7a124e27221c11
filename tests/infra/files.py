"""What the files of `infra/` say, read without any of the tools that use them."""

from __future__ import annotations

import re

from tests.visitor import ROOT

INFRA = ROOT / "infra"
ENVIRONMENTS = INFRA / "terraform" / "envs"
MODULE = INFRA / "terraform" / "modules" / "amt"
TEMPLATE = INFRA / "cloudformation" / "amt.yaml"
MACHINES = {path.name.partition(".")[0]: path for path in INFRA.glob("stepfunctions/*.asl.json")}

_EMBEDDED = re.compile(r"^( *)# from (\S+)\n(.*?)^\1# end$", re.MULTILINE | re.DOTALL)


def outputs(path):
    """The outputs that a file of Terraform declares."""
    return re.findall(r'^output "(\w+)"', path.read_text(encoding="utf-8"), re.MULTILINE)


def embedded(template):
    """The state machines written into the template: (file, text)."""
    return [
        (match[2], re.sub(f"^{match[1]}", "", match[3], flags=re.MULTILINE))
        for match in _EMBEDDED.finditer(template)
    ]


def with_machines(template):
    """The template with every state machine as its file has it now."""

    def put(match):
        text = (TEMPLATE.parent / match[2]).read_text(encoding="utf-8")
        lines = "".join(f"{match[1]}{line}\n" for line in text.splitlines())
        return f"{match[1]}# from {match[2]}\n{lines}{match[1]}# end"

    return _EMBEDDED.sub(put, template)


def machine(name, **values):
    """A state machine's definition with its placeholders filled in."""
    values["partition"] = "aws"
    text = MACHINES[name].read_text(encoding="utf-8")
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found[1]], text)


if __name__ == "__main__":
    TEMPLATE.write_text(with_machines(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")
