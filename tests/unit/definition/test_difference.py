"""Two definitions compared: the same whatever the service filled in, else told place by place."""

import copy

import pytest

from orchestrator.definition.defaults import Defaults
from orchestrator.definition.difference import compared, digest, told
from orchestrator.definition.request import translate
from orchestrator.definition.schema import JobFile
from orchestrator.endpoint import render_tuning
from orchestrator.store.protocol import JobRow

JOB = {
    "strategy": "Random",
    "objective": {"metric": "loss", "goal": "minimize"},
    "limits": {"jobs": 12, "parallel": 2},
    "ranges": {
        "rate": {"type": "continuous", "min": 0.001, "max": 1.0},
        "batch": {"type": "categorical", "values": ["8", "16"]},
    },
    "metrics": {"loss": "loss=(.*)"},
    "training": {
        "entry_point": "train.py",
        "source": "s3://bucket/sourcedir.tar.gz",
        "channels": {"training": {"source": "s3://bucket/data/"}},
        "environment": {"TOKEN": "secret-1"},
    },
    "tags": {"team": "a"},
}
ARN = "arn:aws:sagemaker:us-east-1:000000000000:hyper-parameter-tuning-job/one"
DEFAULTS = Defaults(name="one", role="arn:aws:iam::000000000000:role/amt", output_uri="s3://b/out")


def request(**changes):
    document = copy.deepcopy(JOB)
    for path, value in changes.items():
        target = document
        *above, last = path.split("__")
        for part in above:
            target = target.setdefault(part, {})
        if value is None:
            del target[last]
        else:
            target[last] = value
    return translate(JobFile.model_validate(document), DEFAULTS).request


def described(written):
    """What the emulator's Describe makes of it, with all that it fills in."""
    counters = {"training_counters": {}, "objective_counters": {}, "training_jobs": 12}
    state = {"status": "InProgress", "created": 1.0, "modified": 1.0, **counters}
    row = JobRow(
        arn=ARN,
        root=ARN,
        number=0,
        status="InProgress",
        created=1.0,
        modified=1.0,
        kind="tuning",
        name="one",
        account="000000000000",
        region="us-east-1",
        request=written,
        state=state,
    )
    return {k: v for k, v in render_tuning.described(row, 2.0).items() if v is not None}


def test_what_describe_fills_in_is_no_difference():
    assert compared(described(request()), request()) == ()


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_described_job_is_the_same_as_itself(strategy):
    answer = described(request(strategy=strategy))
    assert compared(answer, answer) == ()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"limits__jobs": 20}, "~ limits.jobs: 12 -> 20"),
        ({"seed": 7}, "+ seed: 7"),
        ({"complete_when__target": 0.5}, "+ complete_when.target: 0.5"),
        ({"ranges__rate__max": 0.5}, "~ ranges.rate.max: 1.0 -> 0.5"),
        ({"ranges__batch": None}, "- ranges.batch"),
        ({"training__source": "s3://b/x.tar.gz"}, "~ training.source: s3://bucket/sourcedir"),
        ({"training__spot": True}, "+ training.spot.enabled: true"),
        ({"training__environment__TOKEN": "secret-2"}, "~ training.environment.TOKEN: (not shown)"),
    ],
)
def test_a_change_is_told_in_the_words_of_a_job_file(changes, line):
    changed = compared(described(request()), request(**changes))
    assert line in told(changed)
    assert all(change.forces_new for change in changed)
    assert digest(request()) != digest(request(**changes))


def test_what_is_taken_out_is_seen_between_two_requests():
    assert told(compared(request(seed=7), request())) == "- seed: 7"


def test_only_tags_need_no_new_job():
    changed = compared(request(), request(tags__team="b"))
    assert told(changed) == "~ tags.team: a -> b"
    assert not any(change.forces_new for change in changed)


def test_names_and_tags_are_no_part_of_a_definition():
    other = request(name="two", tags__team="b")
    assert digest(other) == digest(request())
    assert compared(described(request()), other) == ()


def test_no_secret_is_shown():
    changed = compared(request(), request(training__environment__TOKEN="secret-2"))
    assert "secret" not in told(changed)
