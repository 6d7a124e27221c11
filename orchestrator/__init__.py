"""Hyperparameter tuning jobs the way Amazon SageMaker AMT runs them, anywhere.

>>> from orchestrator import Definition, TuningJob
>>> definition = Definition.of({"strategy": "Random"})

The types of these names are in ``__init__.pyi``: here they are looked up when they are wanted.
"""

__version__ = "0.1.0"
__all__ = ["Best", "Definition", "Result", "TuningJob"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from importlib import import_module  # noqa: PLC0415  (a command pays for nothing here)

        return getattr(import_module("orchestrator.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
