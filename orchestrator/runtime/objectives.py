"""A simulation's objective, from a file of the user's.

The function takes the hyperparameters (a dict of text) and yields ``(seconds, output)``: how
long after the output before, and what is printed then, either a log line, which the job's
metric expressions must find their values in, or a number, printed so that they find it.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrator.errors import BadInput, Fault
from orchestrator.runtime import spoken_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from orchestrator.training.spec import TrainingSpec

WHERE = "AMT_OBJECTIVE"


def load(reference: str) -> Callable[[Mapping[str, str]], Iterable[tuple[float, Any]]]:
    """The function named by ``file.py:function``.

    Raises:
        BadInput: There is no such file or function, or the file cannot be imported.
    """
    path, _, name = reference.rpartition(":")
    source = Path(path)
    if not (path and name and source.is_file()):
        raise _unusable(reference, "names no function of a file", "Give file.py:function.")
    found = importlib.util.spec_from_file_location("amt_objective", source)
    if found is None or found.loader is None:
        raise _unusable(reference, "is no Python file", "Give file.py:function.")
    module = importlib.util.module_from_spec(found)
    try:
        found.loader.exec_module(module)
    except Exception as error:
        says = f"{type(error).__name__}: {error}"
        raise _unusable(reference, f"cannot be imported: {says}", "Mend the file.") from error
    function: Any = getattr(module, name, None)
    if not callable(function):
        raise _unusable(reference, f"has no function {name}", f"Define {name} in {source.name}.")
    return function  # type: ignore[no-any-return]


def spoken(spec: TrainingSpec, output: Any) -> str:  # noqa: ANN401  (text or a number)
    """The log line of one output."""
    return output if isinstance(output, str) else spoken_metric.line(spec, float(output))


def _unusable(reference: str, problem: str, mend: str) -> BadInput:
    return BadInput([Fault(WHERE, problem, reference, mend)])
