"""A job file as a command of the console takes it: read, checked for the console's endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.client import preparation
from orchestrator.client.preparation import PLAIN, Choices, Where

if TYPE_CHECKING:
    from orchestrator.cli.console import Console
    from orchestrator.definition.document import Loaded
    from orchestrator.errors import Fault

read = preparation.read
own_name = preparation.own_name
generated_name = preparation.generated_name
ANY_ROLE = preparation.ANY_ROLE


def where(console: Console) -> Where:
    """What is known of the endpoint before it is reached."""
    return Where(console.in_cloud, console.settings.aws_region)


def faults(console: Console, loaded: Loaded) -> list[Fault]:
    """Everything wrong with the file for the chosen endpoint, without asking that endpoint."""
    return preparation.faults(loaded, where(console))


def checked(console: Console, loaded: Loaded, choices: Choices = PLAIN) -> None:
    """Raise BadInput with all faults at once, before anything is reached or made."""
    preparation.check_or_raise(loaded, where(console), choices)
