"""The tables in docs/architecture.md are those of the code.

Run this file (``python tests/meta/test_architecture.py``) to write them anew.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import get_args

from orchestrator.training import decisions as training_do
from orchestrator.training import events as training_ev
from orchestrator.training import job as training
from orchestrator.training.machine import MESSAGES
from orchestrator.tuning import decisions as tuning_do
from orchestrator.tuning import events as tuning_ev
from orchestrator.tuning import job as tuning

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "architecture.md"
BEGIN, END = "<!-- generated -->\n", "<!-- /generated -->\n"


def table(heads, rows):
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def moves(job):
    """``from -> to``, for every status of a table of moves."""
    for status, following in job.MOVES.items():
        after = ", ".join(f"`{each.value}`" for each in type(status) if each in following)
        yield f"`{status.value}`", after or "nothing: the job has ended"


def meanings(union):
    """Each class of a union, and the first sentence of what it says of itself."""
    for kind in get_args(union):
        first = inspect.getdoc(kind).split("\n\n")[0].replace("\n", " ")
        yield f"`{kind.__name__}`", first


def machine(title, job, events, decisions):
    return (
        f"### {title}\n\n"
        + table(["status", "may become"], moves(job))
        + "\n"
        + table(["event", "what happened"], meanings(events))
        + "\n"
        + table(["decision", "what is to be done"], meanings(decisions))
    )


def rendered():
    """Everything between the two marks."""
    stays = [(f"`{status.value}`", MESSAGES[status]) for status in training.SecondaryStatus]
    return "\n".join(
        [
            "",
            machine("A tuning job", tuning, tuning_ev.TuningEvent, tuning_do.TuningDecision),
            machine(
                "A training job", training, training_ev.TrainingEvent, training_do.TrainingDecision
            ),
            "Within its status a training job moves through secondary statuses, each with a message:\n",
            table(["secondary status", "message"], stays),
        ]
    )


def split():
    text = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before, inside, after


def test_the_tables_are_those_of_the_code():
    _, inside, _ = split()
    assert inside == rendered() + "\n", f"write them anew with {Path(__file__).name}"


def write():
    before, _, after = split()
    DOCUMENT.write_text(f"{before}{BEGIN}{rendered()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
