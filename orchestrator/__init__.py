"""Hyperparameter tuning jobs the way Amazon SageMaker AMT runs them, anywhere.

>>> from orchestrator import Definition, TuningJob
>>> definition = Definition.of({"strategy": "Random"})

The types of these names are in ``__init__.pyi``: here they are looked up when they are wanted.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["Best", "Definition", "Result", "TuningJob"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (a command must not pay for the names here)
    if name in __all__:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module("orchestrator.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
