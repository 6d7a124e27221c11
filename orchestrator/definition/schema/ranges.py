"""``ranges``: what is searched, by hyperparameter name."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from orchestrator.definition.schema.scalars import Bound, Model, Plain, one_of
from orchestrator.definition.values import SCALES

Scale = Annotated[str, one_of(SCALES)]


class Continuous(Model):
    """Any number between two bounds, both included."""

    type: Literal["continuous"] = Field(description="`continuous`: any number between the bounds.")
    min: Bound = Field(description="Lowest value, included.")
    max: Bound = Field(description="Highest value, included.")
    scale: Scale | None = Field(
        None,
        description="`auto`, `linear`, `log` (min above 0); continuous also `reverse_log` (in [0, 1)).",
    )


class Integer(Model):
    """Any whole number between two bounds, both included."""

    type: Literal["integer"] = Field(description="`integer`: any whole number between the bounds.")
    min: Bound = Field(description="Lowest value, included.")
    max: Bound = Field(description="Highest value, included.")
    scale: Scale | None = Field(
        None,
        description="`auto`, `linear`, `log` (min above 0); continuous also `reverse_log` (in [0, 1)).",
    )


class Categorical(Model):
    """One of a list of values."""

    type: Literal["categorical"] = Field(
        description="`categorical`: one of `values`; a bare list `[a, b]` says the same."
    )
    values: list[Plain] = Field(description="The values; each reaches the training as text.")


class Automatic(Model):
    """A range that Autotune derives."""

    type: Literal["auto"] = Field(description="`auto`: Autotune derives the range.")
    hint: Plain = Field(description="A value that is known to be sensible.")


def _widen(value: object) -> object:
    return {"type": "categorical", "values": value} if isinstance(value, list) else value


Range = Annotated[
    Annotated[Continuous | Integer | Categorical | Automatic, Field(discriminator="type")],
    BeforeValidator(_widen),
]
"""One of the four kinds; ``type`` tells which."""
