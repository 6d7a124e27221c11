"""Every bad definition is refused: all faults at once, in the file's words, with the mend."""

from __future__ import annotations

import copy
import json

import pytest

from orchestrator.definition.check import check, prepare
from orchestrator.definition.defaults import Defaults
from orchestrator.definition.load import load
from orchestrator.definition.request import translate
from orchestrator.errors import BadInput

DEFAULTS = Defaults(
    role="arn:aws:iam::000000000000:role/amt", output_uri="s3://amt-000000000000/output"
)
GOOD = """\
name: good
strategy: Random
objective: {metric: acc, goal: maximize}
limits: {jobs: 6, parallel: 2}
ranges:
  rate: {type: continuous, min: 1e-4, max: 0.1, scale: log}
  layers: {type: integer, min: 1, max: 8}
  optimizer: [sgd, adam]
hyperparameters: {epochs: 10}
metrics:
  acc: 'acc=(\\S+)'
training:
  image: image:1
  channels:
    train: s3://bucket/train
tags: {team: ml}
"""


@pytest.fixture
def faults_of(tmp_path):
    """The faults of the good file with some settings, or of another text."""

    def _faults(*settings, text=GOOD, name="job.yaml"):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return check(load(file, settings), DEFAULTS)

    return _faults


def test_the_good_file_is_good(faults_of):
    assert faults_of() == []


LONG = "x" * 3_000
BAD = [
    # the fifteen that a well-known mock accepts, and their neighbours
    ("strategy=Banana", "strategy"),
    ("ranges.rate.min=1", "ranges.rate.min"),
    ("ranges.rate.min=0", "ranges.rate.scale"),
    ("ranges.rate.min=-1", "ranges.rate.scale"),
    ("training=null", "training"),
    ("objective.goal=better", "objective.goal"),
    ("objective.metric=loss", "objective.metric"),
    ("objective=null", "objective"),
    ("limits.parallel=0", "limits.parallel"),
    ("limits.jobs=0", "limits.jobs"),
    ("limits.jobs=-3", "limits.jobs"),
    ("limits.parallel=101", "limits.parallel"),
    ("limits.jobs=100000", "limits.jobs"),
    ("limits.runtime=60", "limits.runtime"),
    ("limits.runtime=999d", "limits.runtime"),
    # names
    ("name=has_underscore", "name"),
    ("name=this-name-is-much-too-long-for-a-job", "name"),
    ("name=-leading", "name"),
    ("name=3", "name"),
    # ranges
    ("ranges.rate.type=float", "ranges.rate.type"),
    ("ranges.rate={min: 1, max: 2}", "ranges.rate.type"),
    ("ranges.rate={type: continuous, min: 1}", "ranges.rate.max"),
    ("ranges.rate.min=abc", "ranges.rate.min"),
    ("ranges.rate.min=[1]", "ranges.rate.min"),
    ("ranges.rate.max=1e-4", "ranges.rate.min"),
    ("ranges.rate.scale=logarithm", "ranges.rate.scale"),
    ("ranges.rate={type: continuous, min: 0.5, max: 1, scale: reverse_log}", "ranges.rate"),
    ("ranges.rate.stpe=1", "ranges.rate.stpe"),
    ("ranges.layers.min=0.5", "ranges.layers.min"),
    ("ranges.layers.min=8", "ranges.layers.min"),
    ("ranges.layers.scale=reverse_log", "ranges.layers.scale"),
    ("ranges.optimizer=[]", "ranges.optimizer"),
    ("ranges.optimizer=[sgd, sgd]", "ranges.optimizer"),
    ("ranges.optimizer=[null]", "ranges.optimizer"),
    ("ranges.optimizer=sgd", "ranges.optimizer"),
    (f"ranges.optimizer=[a, {'x' * 300}]", "ranges.optimizer"),
    (f"ranges.optimizer={list(range(31))}", "ranges.optimizer"),
    ("ranges.epochs={type: integer, min: 1, max: 3}", "ranges.epochs"),
    ("ranges={one: [a, b]}", "limits.jobs"),
    ("ranges=[a]", "ranges"),
    ("ranges={}", "ranges"),
    ("ranges._own={type: integer, min: 1, max: 3}", "ranges._own"),
    ("ranges.eta={type: auto, hint: 3}", "ranges"),
    # hyperparameters and metrics
    (f"hyperparameters.note={LONG}", "hyperparameters.note"),
    ("hyperparameters.note=null", "hyperparameters.note"),
    ("hyperparameters=[1]", "hyperparameters"),
    ("hyperparameters={" + ", ".join(f"h{i}: 1" for i in range(101)) + "}", "hyperparameters"),
    ("metrics.acc=acc=([0-9]+", "metrics.acc"),
    ("metrics.acc=3", "metrics.acc"),
    (f"metrics.acc={'x' * 501}", "metrics.acc"),
    ("metrics={" + ", ".join(f"m{i}: (x)" for i in range(41)) + "}", "metrics"),
    # early stopping, seed, completion, warm start
    ("early_stopping=sometimes", "early_stopping"),
    ("seed=-1", "seed"),
    ("seed=1.5", "seed"),
    ("seed=yes", "seed"),
    ("complete_when.target=high", "complete_when.target"),
    ("complete_when.not_improving_jobs=2", "complete_when.not_improving_jobs"),
    ("complete_when.converged=on", "complete_when.converged"),
    ("warm_start={type: identical, parents: []}", "warm_start.parents"),
    ("warm_start={type: same, parents: [a]}", "warm_start.type"),
    ("warm_start={type: identical}", "warm_start.parents"),
    ("warm_start={type: identical, parents: [a, a]}", "warm_start.parents"),
    ("warm_start={type: identical, parents: [a_b]}", "warm_start.parents"),
    ("hyperband.max_resource=3", "hyperband"),
    # training
    ("training.imagee=x", "training.imagee"),
    ("training.algorithm=mine", "training"),
    ("training.framework=pytorch", "training"),
    ("training.version=2.3", "training.version"),
    ("training.source=src", "training"),
    ("training.entry_point=gone.py", "training.entry_point"),
    ("training.role=me", "training.role"),
    ("training.output=file", "training.output"),
    ("training.instance=ml.huge", "training.instance"),
    ("training.instance.count=x", "training.instance.count"),
    ("training.instance={type: ml.m5.large, fallbacks: [ml.m5.large]}", "training.instance"),
    ("training.instance={fallbacks: []}", "training.instance"),
    ("training.timeout=0", "training.timeout"),
    ("training.timeout=99d", "training.timeout"),
    ("training.timeout=soon", "training.timeout"),
    ("training.spot={max_wait: 10m}", "training.spot"),
    ("training.spot=maybe", "training.spot"),
    ("training.retries=0", "training.retries"),
    ("training.retries=31", "training.retries"),
    ("training.checkpoints={local: /c}", "training.checkpoints.s3"),
    ("training.checkpoints=here", "training.checkpoints"),
    ("training.input_mode=Stream", "training.input_mode"),
    ("training.encoding=xml", "training.encoding"),
    ("training.environment={1A: x}", "training.environment"),
    (f"training.environment={{A: {'x' * 513}}}", "training.environment"),
    ("training.vpc={subnets: [a]}", "training.vpc.security_groups"),
    ("training.vpc={subnets: [], security_groups: [a]}", "training.vpc.subnets"),
    ("training.network_isolation=yes", "training.network_isolation"),
    ("training.channels.train=gone", "training.channels.train.source"),
    ("training.channels.train={contents: stuff}", "training.channels.train.contents"),
    ("training.channels={b/d: s3://b/t}", "training.channels"),
    ("training.channels={}", "training.channels"),
    ("training.channels={a: {shuffle_seed: x}}", "training.channels.a.shuffle_seed"),
    ("training.request.RoleArn=me", "training.request.RoleArn"),
    ("training.request.RoleArm=me", "training.request.RoleArm"),
    # the rest
    ("tags={'': x}", "tags"),
    (f"tags={{a: {'x' * 257}}}", "tags.a"),
    ("tags={a: [1]}", "tags.a"),
    ("definitions=[]", "definitions"),
    ("definitions=[{name: a}]", "definitions"),
    ("autotune=maybe", "autotune"),
    ("request.Nonsense=1", "request.Nonsense"),
    ("request.Tags=3", "request.Tags"),
    ("request={HyperParameterTuningJobConfig: {RandomSeed: -1}}", "request"),
    ("objectve={}", "objectve"),
]


@pytest.mark.parametrize(("setting", "path"), BAD, ids=[setting[:60] for setting, _ in BAD])
def test_a_bad_definition_is_refused_at_its_place_with_its_mend(faults_of, setting, path):
    faults = faults_of(setting)
    assert faults, "was accepted"
    assert any(fault.path.startswith(path) for fault in faults), [str(fault) for fault in faults]
    for fault in faults:
        assert fault.problem
        assert fault.mend
        assert "Traceback" not in str(fault)


def test_all_faults_come_at_once_in_the_order_of_lines(faults_of):
    text = (
        GOOD.replace("jobs: 6", "job: 6")
        .replace("Random", "Randm")
        .replace("scale: log", "scale: lg")
        .replace("min: 1, max: 8", "min: 9, max: 8")
        .replace("(\\S+)", "(\\S+")
        .replace("s3://bucket/train", "nowhere")
    )
    faults = faults_of(text=text)
    assert [(fault.line, fault.path) for fault in faults] == [
        (2, "strategy"),
        (4, "limits.job"),
        (6, "ranges.rate.scale"),
        (7, "ranges.layers.min"),
        (11, "metrics.acc"),
        (15, "training.channels.train.source"),
    ]
    assert "Did you mean jobs?" in faults[1].mend
    assert faults[3].value == "9"


def test_a_fault_says_file_line_path_value_and_mend(faults_of):
    (fault,) = faults_of(text=GOOD.replace("maximize", "maximal"))
    assert str(fault).endswith(
        "job.yaml:3: objective.goal: is not one of the allowed words (got maximal)."
        " Write one of: maximize, minimize."
    )


def test_a_value_of_the_environment_is_never_shown(faults_of):
    for value in ("[hunter2]", "hunter2" * 100):
        (fault,) = faults_of(f"training.environment={{KEY: {value}}}")
        assert "hunter2" not in str(fault)


def test_a_raw_request_keeps_its_own_words_and_gets_lines(faults_of, tmp_path):
    file = tmp_path / "good.yaml"
    file.write_text(GOOD, encoding="utf-8")
    request = prepare(load(file), DEFAULTS).request
    assert faults_of(text=json.dumps(request), name="r.json") == []
    bad = copy.deepcopy(request)
    bad["HyperParameterTuningJobConfig"]["Strategy"] = "Banana"
    bad["TrainingJobDefinition"]["RetryStrategy"] = {"MaximumRetryAttempts": 31}
    text = json.dumps(bad, indent=1)
    faults = faults_of(text=text, name="r.json")
    line = text[: text.index("MaximumRetryAttempts")].count("\n") + 1
    assert [(fault.path, fault.line) for fault in faults] == [
        ("HyperParameterTuningJobConfig.Strategy", 4),
        ("TrainingJobDefinition.RetryStrategy.MaximumRetryAttempts", line),
    ]


def test_faults_of_several_definitions_are_found_in_theirs(faults_of):
    part = """\
  - name: {name}
    objective: {{metric: acc, goal: maximize}}
    ranges: {{rate: {{type: continuous, min: {low}, max: 2}}}}
    metrics: {{acc: 'acc=(.*)'}}
    training: {{image: "image:1"}}
"""
    text = "strategy: Random\nlimits: {jobs: 2}\ndefinitions:\n"
    text += part.format(name="a", low=1) + part.format(name="b", low=3)
    (fault,) = faults_of(text=text)
    assert (fault.path, fault.line) == ("definitions[1].ranges.rate.min", 11)


def test_what_only_the_endpoint_knows_may_be_missing_until_it_is_asked(tmp_path):
    file = tmp_path / "job.yaml"
    file.write_text(GOOD, encoding="utf-8")
    paths = {fault.path for fault in check(load(file), Defaults())}
    assert paths == {"training.role", "training.output"}


def test_prepare_raises_with_every_fault(tmp_path):
    file = tmp_path / "job.yaml"
    file.write_text("strategy: Banana\nlimits: {jobs: many}\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        prepare(load(file), DEFAULTS)
    assert {fault.path for fault in caught.value.faults} >= {"strategy", "limits.jobs"}
    with pytest.raises(BadInput):
        translate(load(file).job, DEFAULTS)


def test_local_files_are_looked_for_beside_the_job_file(faults_of, tmp_path):
    code = ("training.entry_point=train.py", "training.source=src")
    channel = "training.channels.train=data"
    assert {fault.path for fault in faults_of(*code, channel)} == {
        "training.source",
        "training.channels.train.source",
    }
    (tmp_path / "src").mkdir()
    (tmp_path / "data").mkdir()
    assert {fault.path for fault in faults_of(*code, channel)} == {
        "training.entry_point",
        "training.channels.train.source",
    }
    (tmp_path / "src" / "train.py").touch()
    (tmp_path / "other.py").touch()
    outside = faults_of("training.entry_point=../other.py", "training.source=src")
    assert [fault.path for fault in outside] == ["training.entry_point"]
    (tmp_path / "data" / "x").touch()
    assert faults_of(*code, channel) == []
