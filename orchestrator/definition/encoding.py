"""Hyperparameters and categories as text, in one of two ways.

``plain`` gives text as it is; ``json`` puts text in quotes, as SageMaker's framework estimators
do (observed), so that a value such as ``"128"`` reaches the script as text. Continuous and
integer ranges are the same in both.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from orchestrator.definition.paths import lookup
from orchestrator.definition.training_members import PROGRAM, SUBMIT_DIRECTORY
from orchestrator.definition.values import as_json, as_text, from_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from orchestrator.definition.patch import Json

_SCRIPT = (("training", "entry_point"), ("training", "source"))


def encoded(part: Json) -> Json:
    """`part` with every hyperparameter, category and script value as the request's text."""
    encode = as_json if lookup(part, ("training", "encoding")) == "json" else as_text
    return _mapped(part, encode)


def decoded(part: Json) -> Json:
    """The opposite for a part whose values are a request's text; notes ``encoding: json``."""
    if not _is_json(part):
        return _mapped(part, from_text, script=str)
    written = _mapped(part, json.loads)
    return {**written, "training": {**written.get("training", {}), "encoding": "json"}}


def _mapped(
    part: Json, convert: Callable[[Any], Any], script: Callable[[Any], Any] | None = None
) -> Json:
    mapped = dict(part)
    if part.get("hyperparameters") is not None:
        mapped["hyperparameters"] = {
            name: convert(value) for name, value in part["hyperparameters"].items()
        }
    if part.get("ranges") is not None:
        mapped["ranges"] = {
            name: _mapped_range(given, convert) for name, given in part["ranges"].items()
        }
    for section, key in _SCRIPT:
        value = lookup(part, (section, key))
        if value is not None:
            mapped[section] = {**mapped[section], key: (script or convert)(value)}
    return mapped


def _mapped_range(given: Json, convert: Callable[[Any], Any]) -> Json:
    if given["type"] != "categorical":
        return given
    return {**given, "values": [convert(value) for value in given["values"]]}


def _is_json(part: Json) -> bool:
    texts = [
        *(part.get("hyperparameters") or {}).values(),
        *(
            value
            for given in (part.get("ranges") or {}).values()
            if given["type"] == "categorical"
            for value in given["values"]
        ),
    ]
    quoted = any(isinstance(text, str) and text.startswith('"') for text in texts)
    return quoted and all(map(_round_trips, texts))


def _round_trips(text: Any) -> bool:  # noqa: ANN401  (any JSON value)
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (TypeError, ValueError, RecursionError):
        return False
    return value is not None and as_json(value) == text


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def without_script(part: Json) -> Json:
    """`part` with the script's two values in one place: ``training``, or the hyperparameters.

    They are read into both. ``training`` says them only together, and only for code in S3.
    """
    training = dict(part.get("training") or {})
    hyperparameters = dict(part.get("hyperparameters") or {})
    source = training.get("source")
    scripted = isinstance(training.get("entry_point"), str)
    if scripted and isinstance(source, str) and source.startswith("s3://"):
        for name in (PROGRAM, SUBMIT_DIRECTORY):
            hyperparameters.pop(name, None)
        rest = {key: value for key, value in part.items() if key != "hyperparameters"}
        kept = {"hyperparameters": hyperparameters} if hyperparameters else {}
        return {**rest, "training": training, **kept}
    for key in ("entry_point", "source"):
        training.pop(key, None)
    return {**part, "training": training}
