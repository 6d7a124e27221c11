"""Objectives as tests write them: a function that answers with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    Answer = float | Iterable[float | str | tuple[float, float | str]]
    Objective = Callable[[Mapping[str, str]], Answer]
    """From hyperparameters to what training prints.

    A number: the objective metric, after a minute. Several: one a minute. A pair is
    (seconds after the one before, number or log line).
    """

MINUTE = 60.0


def timed(objective: Objective) -> Callable[[Mapping[str, str]], Iterator[tuple[float, Any]]]:
    """The same objective, as the simulated runtime takes it."""

    def told(hyperparameters: Mapping[str, str]) -> Iterator[tuple[float, Any]]:
        answer = objective(hyperparameters)
        outputs = [answer] if isinstance(answer, int | float) else answer
        for output in outputs:
            yield output if isinstance(output, tuple) else (MINUTE, output)

    return told
