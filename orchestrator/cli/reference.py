"""The reference of commands, written from the commands themselves.

``python -m orchestrator.cli.reference > docs/commands.md``
"""

from __future__ import annotations

import sys

import click

from orchestrator.cli.main import COMMANDS, cli

_HEAD = """# Commands

Written from the commands themselves: `python -m orchestrator.cli.reference > docs/commands.md`.

Data goes to stdout, talk to stderr. `--json` puts JSON on stdout and nothing else; `watch` and
`logs` print one object a line. Without a terminal `run` and `watch` print plain lines;
`NO_COLOR` is honoured. Where several endpoints are possible, `--on` says which: `local` (this
machine, the default), `aws`, or a URL.

| exit code | meaning |
|---|---|
| 0 | completed |
| 1 | the tuning job failed |
| 2 | bad input: a job file, an option, a name, or a job in the wrong status |
| 3 | the tuning job was stopped |
| 4 | the endpoint, the credentials, Docker or the state folder cannot be reached or used |
| 70 | a fault of amt itself; `AMT_DEBUG=1` shows where |
| 124 | `wait` ran out of time |
| 130 | interrupted |

Ctrl-C on `run` and `resume` asks what trains on this machine to stop and leaves the job as it
is, for `amt resume`; a second one leaves at once. On another endpoint the job goes on.
"""


def reference() -> str:
    """The whole document."""
    context = click.Context(cli, info_name="amt", **cli.context_settings)
    parts = [_HEAD]
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=96)
        parts.append(f"## amt {name}\n\n```text\n{command.get_help(inner)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
