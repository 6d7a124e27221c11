"""An Airflow DAG with one SageMakerTuningOperator.

The operator's ``config`` is a template: what Jinja would open in a text is written as an
expression that says the same characters. The operator's own check reads the channels of
``TrainingJobDefinition`` without asking whether there are any (its source, observed), so a job
with several definitions, or without channels, fails in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Remark,
    Source,
    Weight,
    ordered,
    unknown,
)
from orchestrator.formats.python_text import found, literal, mentions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DAG = '''\
"""Runs the tuning job each time the DAG is triggered.

A name can be used once in an account: give each run its own, for instance with
{{{{ ts_nodash }}}} in HyperParameterTuningJobName (at most 32 characters).
"""

import pendulum
from airflow import DAG
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTuningOperator

CONFIG = {request}

with DAG(
    dag_id={dag_id},
    start_date=pendulum.datetime(2020, 1, 1),
    schedule=None,
    catchup=False,
    max_active_runs=1,
) as dag:
    SageMakerTuningOperator(
        task_id="tune",
        config=CONFIG,
        wait_for_completion=True,
        check_interval=30,
    )
'''
_TOUCHED = re.compile(r"\{[{%#]|\r|\n\Z")
"""What Jinja would open, rewrite (a carriage return) or take away (a last line break)."""
_ESCAPED = re.compile(r"\{\{ '(\{[{%#]|\\[rn])' \}\}")
_LETTERS = {"\r": r"\r", "\n": r"\n"}
_CHARACTERS = {letters: character for character, letters in _LETTERS.items()}


def render(request: Json) -> str:
    """The DAG's file."""
    dag_id = literal(f"tune-{request[NAME]}")
    return _DAG.format(request=literal(_mapped(request, _escape)), dag_id=dag_id)


def remarks(request: Json) -> Iterator[Remark]:
    """What the operator does differently."""
    definition = request.get("TrainingJobDefinition")
    if not isinstance(definition, dict):
        yield Remark(
            "TrainingJobDefinitions",
            "the operator reads TrainingJobDefinition only and fails on several definitions",
            Weight.IMPOSSIBLE,
        )
    elif not definition.get("InputDataConfig"):
        yield Remark(
            "TrainingJobDefinition.InputDataConfig",
            "the operator fails on a job without input channels",
            Weight.IMPOSSIBLE,
        )
    yield Remark(NAME, "a second run of the DAG needs another name")
    yield Remark("", "The task waits for the job's end and holds a worker slot meanwhile")


def read(source: Source) -> Reading:
    """The request in the DAG's file; other templates than our own stay in it and are told."""
    request = _mapped(found(source), _unescape)
    told = [Remark("", f"{text} is a template and was kept as it is") for text in _open(request)]
    return Reading(ordered(request), (*unknown(request), *told))


def _escape(text: str) -> str:
    return _TOUCHED.sub(lambda found: f"{{{{ '{_LETTERS.get(found[0], found[0])}' }}}}", text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: _CHARACTERS.get(found[1], found[1]), text)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:  # noqa: ANN401  (any JSON value)
    """`value` with every text changed but keys, which Airflow does not render."""
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _open(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _open(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _open(item)
    elif isinstance(value, str) and "{{" in value and "}}" in value:
        yield value


def recognises(source: Source) -> bool:
    """A Python program that has a request and speaks of Airflow."""
    return "airflow" in source.text.lower() and mentions(source)


FORMAT = Format("airflow", "an Airflow DAG", recognises, read, render, remarks)
