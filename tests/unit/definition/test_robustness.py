"""Whatever stands in a file, the answer is a list of faults and never a crash."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.definition.check import check
from orchestrator.definition.defaults import Defaults
from orchestrator.definition.document import Document, Loaded
from orchestrator.definition.load import load
from orchestrator.errors import BadInput
from tests import strategies

DEFAULTS = Defaults(role="arn:aws:iam::000000000000:role/amt", output_uri="s3://amt/output")
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
    st.lists(st.none() | st.integers() | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=3), max_size=3),
)  # fmt: skip
JOB = {
    "strategy": "Hyperband",
    "hyperband": {"min_resource": 1, "max_resource": 9},
    "objective": {"metric": "acc", "goal": "maximize"},
    "limits": {"jobs": 6, "parallel": 2, "runtime": "2h"},
    "ranges": {
        "rate": {"type": "continuous", "min": 1e-4, "max": 0.1, "scale": "log"},
        "layers": {"type": "integer", "min": 1, "max": 8},
        "optimizer": ["sgd", "adam"],
        "eta": {"type": "auto", "hint": 3},
    },
    "hyperparameters": {"epochs": 10},
    "metrics": {"acc": "acc=(.*)"},
    "complete_when": {"target": 1, "converged": True},
    "warm_start": {"type": "identical", "parents": ["a"]},
    "training": {
        "entry_point": "train.py",
        "source": "src",
        "instance": [{"type": "ml.m5.large"}],
        "channels": {"train": "data", "test": {"file_system": {"id": "fs-1", "type": "efs"}}},
        "spot": {"max_wait": "3h"},
        "checkpoints": {"s3": "s3://b/c", "local": "/c"},
        "output": {"s3": "s3://b/o"},
        "vpc": {"subnets": ["a"], "security_groups": ["b"]},
        "environment": {"A": "b"},
        "request": {"RoleArn": "r"},
    },
    "definitions": [{"name": "a", "training": {"image": "i", "channels": {"a": "s3://b/c"}}}],
    "tags": {"a": "b"},
    "request": {"Autotune": {"Mode": "Enabled"}},
}


def places(value, above=()):
    yield above
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, (dict, list)):
        for key, below in inner:
            yield from (
                places(below, (*above, key)) if isinstance(below, (dict, list)) else [(*above, key)]
            )


def spoiled(data, path, value):
    if not path:
        return value
    data = copy.deepcopy(data)
    target = data
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return data


def answer(data):
    document = Document("job.yaml", Path("/nowhere"), data, {(): 1})
    faults = check(Loaded.of(document), DEFAULTS)
    assert all(str(fault) for fault in faults)
    return faults


SPOTS = [path for path in places(JOB) if path]


@settings(deadline=None, max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(SPOTS), ODD), min_size=1, max_size=2))
def test_a_job_file_with_anything_anywhere_gets_an_answer(changes):
    data = JOB
    for path, value in changes:
        try:
            data = spoiled(data, path, value)
        except (TypeError, KeyError, IndexError):
            continue  # the first change took the place of the second away
    answer(data)


@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(strategies.tuning_requests(), st.data())
def test_a_raw_request_with_anything_anywhere_gets_an_answer(request, data):
    path = data.draw(st.sampled_from([path for path in places(request) if path]))
    answer(spoiled(request, path, data.draw(ODD)))


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["yaml", "json", "toml"]),
    st.text(alphabet="ab:{}[],\"'-\n #&*!<1.e|>?=\t%@\\", max_size=30),
)
def test_any_text_gives_a_job_or_bad_input(tmp_path_factory, kind, text):
    file = Path(tmp_path_factory.getbasetemp()) / f"any.{kind}"
    file.write_text(text, encoding="utf-8")
    with suppress(BadInput):
        assert isinstance(load(file).document.data, dict)
