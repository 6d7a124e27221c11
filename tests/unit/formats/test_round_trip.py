"""A request rendered and read again is the same request, in every format that can say it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.definition.load import parsed
from orchestrator.definition.patch import same
from orchestrator.errors import BadInput
from orchestrator.formats import ack, hcl, members, registry
from orchestrator.formats.protocol import NAME, TUNING_MEMBERS, Source, Weight
from tests import strategies

pytestmark = pytest.mark.timeout(240)
EVERY = settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
CAPTURED = sorted((Path(__file__).parents[1] / "wire" / "requests").glob("*une-*.json"))
SHAPE = strategies.input_shape()
PATHS = strategies.members(SHAPE)

NASTY = [
    "${aws_iam_role.x.arn}", "$${a}", "$$${a}", "%{ if true }", "%%{", "$", "%", "${", "a$",
    "{{ ds }}", "{% raw %}", "{# gone #}", "{{ '{{' }}", "{{{", "line\n", "a\rb\r\n", "\ttab",
    "${{ secrets.TOKEN }}", "${{ '${{' }}", "it's", 'say "no"', "`whoami`", "$(whoami)", "!x",
    "REQUEST", "\nREQUEST\n", "\\", "\\n", "\\u0041", "é", "\U0001f600", "\u2028", "'''", '"""',
    "$.path", "{% 1 %}", "#", "~", "null", "yes", "1e3", " leading", "trailing ", "",
]  # fmt: skip


def plain(request, target):
    """What a format can say of a request: no name, no empty list, one form of instances."""
    if target == "sagemaker-pipeline":
        return {key: value for key, value in request.items() if key != NAME}
    if target == "ack":
        return ack.in_plain_form(request)
    return _without_empty_lists(request) if target == "terraform" else request


def _without_empty_lists(value):
    if isinstance(value, dict):
        return {key: _without_empty_lists(one) for key, one in value.items() if one != []}
    return [_without_empty_lists(one) for one in value] if isinstance(value, list) else value


def again(target, request):
    """(what could be said, what was read of it); None where it cannot be said."""
    form = registry.format_of(target)
    remarks = list(form.remarks(request))
    if any(remark.weight is Weight.IMPOSSIBLE for remark in remarks):
        return None
    gone = {r.path for r in remarks if r.weight in (Weight.LOST, Weight.EMPTY)}
    said = members.without(request, gone)
    found, reading = registry.read(Source("<stdin>", form.render(said)))
    assert found.name == target, "it was taken for another format"
    assert not [r for r in reading.remarks if "template" not in r.text]
    return plain(said, target), reading.request


@pytest.mark.parametrize("target", registry.NAMES)
@EVERY
@given(data=st.data())
def test_what_is_rendered_is_read_back_as_it_was(target, data):
    request = data.draw(strategies.tuning_requests())
    pair = again(target, request)
    if pair is not None:
        assert same(*pair)


@pytest.mark.parametrize("target", registry.NAMES)
@pytest.mark.parametrize("file", CAPTURED, ids=lambda file: file.stem)
def test_the_requests_that_the_sdks_make_come_back(target, file):
    pair = again(target, json.loads(file.read_text(encoding="utf-8")))
    if pair is not None:
        assert same(*pair)


@pytest.mark.parametrize("target", registry.NAMES)
def test_no_text_breaks_out_of_a_format(target):
    static = {f"key {i}": text for i, text in enumerate(NASTY)}
    static |= {text: "value" for text in NASTY if text and not text.endswith(".$")}
    pair = again(target, example(static))
    assert pair is not None
    assert same(*pair)


def example(static=None):
    request = strategies.example_of(
        SHAPE, ("TrainingJobDefinition", "InputDataConfig", "[]", "ContentType")
    )
    request["TrainingJobDefinition"]["StaticHyperParameters"] = static or {"a": "b"}
    return request


@pytest.mark.parametrize("target", registry.NAMES)
def test_every_member_is_said_or_named_as_lost(target):
    form = registry.format_of(target)
    for path in PATHS:
        request = strategies.example_of(SHAPE, path)
        lost = [r for r in form.remarks(request) if r.weight in (Weight.LOST, Weight.IMPOSSIBLE)]
        pair = again(target, request)
        if not lost:
            assert same(*pair), path
        elif pair is not None:
            assert not same(pair[1], request), path


def test_the_members_of_a_request_are_those_of_the_model():
    assert set(TUNING_MEMBERS) == set(SHAPE.members)
    assert set(members.tuning_shape().members) == set(SHAPE.members)


@pytest.mark.parametrize("target", ["ack", "terraform"])
def test_what_a_target_lacks_is_in_the_model(target):
    form = registry.format_of(target)
    module = import_module(f"orchestrator.formats.{target}")
    known = {members.general(".".join(path).replace(".[]", "[]")) for path in PATHS}
    assert known >= module.LACKS
    assert form.name == target


# ---------------------------------------------------------------------- refusals


def hyperband():
    request = example()
    config = request["HyperParameterTuningJobConfig"]
    config["Strategy"] = "Hyperband"
    config["StrategyConfig"] = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
    return request


def test_ack_refuses_hyperband_without_its_resource_even_when_told_to_drop_it():
    path = "HyperParameterTuningJobConfig.StrategyConfig"
    with pytest.raises(BadInput) as refused:
        registry.render("ack", hyperband())
    assert refused.value.faults[0].path == path
    assert f"--drop {path}" in refused.value.faults[0].mend
    with pytest.raises(BadInput, match=r"MaxResource|StrategyConfig"):
        registry.render("ack", hyperband(), [path])


def test_a_member_that_is_lost_may_be_given_up_by_name():
    request = example()
    request["HyperParameterTuningJobConfig"]["RandomSeed"] = 7
    path = "HyperParameterTuningJobConfig.RandomSeed"
    with pytest.raises(BadInput, match="RandomSeed"):
        registry.render("ack", request)
    rendering = registry.render("ack", request, [path])
    assert "andomSeed" not in rendering.text
    assert path in [remark.path for remark in rendering.remarks]


def test_dropping_what_is_not_lost_is_refused():
    with pytest.raises(BadInput, match="--drop"):
        registry.render("terraform", example(), ["Tags"])


def test_a_key_that_looks_like_a_path_is_refused_by_the_state_machine():
    with pytest.raises(BadInput, match="taken for a path"):
        registry.render("stepfunctions", example({"x.$": "$.y"}))


def test_a_map_that_looks_like_a_reference_is_refused_by_the_pipeline():
    with pytest.raises(BadInput, match="reference"):
        registry.render("sagemaker-pipeline", example({"Get": "Parameters.X"}))


def test_the_airflow_operator_gets_no_job_that_it_fails_on():
    request = example()
    request["TrainingJobDefinitions"] = [request.pop("TrainingJobDefinition")]
    with pytest.raises(BadInput, match="several definitions"):
        registry.render("airflow", request)


def test_terraforms_sets_hold_nothing_twice():
    request = example()
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["a", "a"]}]}
    request["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges
    with pytest.raises(BadInput, match="nothing stands twice"):
        registry.render("terraform", request)


# ---------------------------------------------------------------------- other people's texts


def read(text, name="<stdin>"):
    return registry.read(Source(name, text))[1]


def test_a_command_line_with_its_options_apart_is_read():
    request = example()
    words = ["aws sagemaker create-hyper-parameter-tuning-job --region us-east-1"]
    words += [f"--hyper-parameter-tuning-job-name {request[NAME]}"]
    config = json.dumps(request["HyperParameterTuningJobConfig"])
    definition = json.dumps(request["TrainingJobDefinition"])
    words += [f"--hyper-parameter-tuning-job-config='{config}'"]
    words += [f"--training-job-definition '{definition}'"]
    assert same(read(" \\\n  ".join(words)).request, request)


def test_a_call_in_a_program_is_read_and_nothing_is_run(tmp_path):
    request = example()
    arguments = ", ".join(f"{key}={value!r}" for key, value in request.items())
    trap = tmp_path / "run"
    program = f"open({str(trap)!r}, 'w')\nclient.create_hyper_parameter_tuning_job({arguments})\n"
    assert same(read(program).request, request)
    assert not trap.exists()


def test_a_computed_value_is_refused_with_its_line():
    with pytest.raises(BadInput, match="computes a part") as refused:
        read("import x\nR = {'HyperParameterTuningJobConfig': x.config()}\n")
    assert refused.value.faults[0].line == 2


def test_a_pipelines_parameter_is_read_as_its_default():
    request = example()
    arguments = {key: value for key, value in request.items() if key != NAME}
    role = arguments["TrainingJobDefinition"]["RoleArn"]
    arguments["TrainingJobDefinition"] |= {"RoleArn": {"Get": "Parameters.Role"}}
    step = {"Name": "T", "Type": "Tuning", "Arguments": arguments}
    pipeline = {"Version": "2020-12-01", "Steps": [step]}
    with pytest.raises(BadInput, match=r"Parameters\.Role"):
        read(json.dumps(pipeline))
    pipeline["Parameters"] = [{"Name": "Role", "Type": "String", "DefaultValue": role}]
    reading = read(json.dumps(pipeline))
    assert reading.request["TrainingJobDefinition"]["RoleArn"] == role
    assert "Parameters.Role" in str(reading.remarks[0])


def test_what_an_execution_computes_is_told_and_left_out():
    request = example()
    parameters = {f"{NAME}.$": "$.name", **{k: v for k, v in request.items() if k != NAME}}
    resource = "arn:aws:states:::sagemaker:createHyperParameterTuningJob.sync"
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    reading = read(json.dumps({"StartAt": "T", "States": {"T": state}}))
    assert NAME not in reading.request
    assert NAME in str(reading.remarks[0])


def test_a_reference_in_terraform_is_refused_with_its_line_and_the_way_out():
    text = registry.render("terraform", example()).text
    role = example()["TrainingJobDefinition"]["RoleArn"]
    with pytest.raises(BadInput, match="terraform show -json") as refused:
        read(text.replace(f'"{role}"', "aws_iam_role.tuner.arn"), "main.tf")
    assert refused.value.faults[0].line > 5


def test_a_plan_is_read_and_what_is_known_only_later_is_told():
    request = example()
    values = {
        "name": request[NAME], "arn": None, "tags": None, "autotune": [],
        "config": [{
            "strategy": "Random", "random_seed": None, "objective": [], "strategy_config": [],
            "resource_limits": [{"max_parallel_training_jobs": 2, "max_runtime_in_seconds": None}],
        }],
        "training_job_definition": [{
            "role_arn": request["TrainingJobDefinition"]["RoleArn"], "retry_strategy": None,
            "environment": {"A": "b"}, "vpc_config": [],
        }],
    }  # fmt: skip
    resource = {
        "address": "aws_x.y", "mode": "managed",
        "type": "aws_sagemaker_hyper_parameter_tuning_job", "values": values,
    }  # fmt: skip
    unknown = {"arn": True, "training_job_definition": [{"stopping_condition": True}]}
    plan = {
        "format_version": "1.2", "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"child_modules": [{"resources": [resource]}]}},
        "resource_changes": [{"address": "aws_x.y", "change": {"after_unknown": unknown}}],
    }  # fmt: skip
    reading = read(json.dumps(plan))
    assert reading.request == {
        NAME: request[NAME],
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxParallelTrainingJobs": 2},
        },
        "TrainingJobDefinition": {
            "RoleArn": request["TrainingJobDefinition"]["RoleArn"],
            "Environment": {"A": "b"},
        },
    }
    assert [r.path for r in reading.remarks] == ["training_job_definition[0].stopping_condition"]


def test_an_unknown_text_is_refused_and_the_formats_are_named():
    for text in ("hello", "{}", "[1]", "a: 1", "x = 1"):
        with pytest.raises(BadInput, match="--from"):
            read(text)


# ---------------------------------------------------------------------- by their own tools


def test_the_programs_are_python():
    for target in ("boto3", "airflow"):
        compile(ast.parse(registry.render(target, example()).text), target, "exec")


def test_the_script_is_one_for_any_shell(tmp_path):
    file = tmp_path / "run.sh"
    file.write_text(registry.render("aws-cli", example({"a": "'; exit 1 #"})).text)
    assert subprocess.run(["sh", "-n", file], check=False).returncode == 0


@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on the PATH")
def test_terraform_reads_the_texts_as_they_were_meant_and_would_format_nothing(tmp_path):
    texts = [text for text in NASTY if text.isprintable() or text.isspace() or "\n" in text]
    outputs = "".join(
        f'output "o{i}" {{\n  value = "{hcl.quoted(text)}"\n}}\n' for i, text in enumerate(texts)
    )
    (tmp_path / "main.tf").write_text(outputs)
    (tmp_path / "job").mkdir()
    job = registry.render("terraform", example(dict.fromkeys(filter(None, NASTY), "${x}"))).text
    (tmp_path / "job" / "main.tf").write_text(job)

    environment = {"PATH": os.environ["PATH"], "CHECKPOINT_DISABLE": "1"}

    def terraform(*words):
        return subprocess.run(
            ["terraform", *words], cwd=tmp_path, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    formatted = terraform("fmt", "-check", "-diff", "job")
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr
    applied = terraform("apply", "-auto-approve", "-input=false")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    found = json.loads(terraform("output", "-json").stdout)
    assert [found[f"o{i}"]["value"] for i in range(len(texts))] == texts


# ---------------------------------------------------------------------- damaged texts


def places(value, above=()):
    yield above
    if isinstance(value, (dict, list)):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            yield from places(one, (*above, key))


def damaged(value, path, by):
    if not path:
        return by
    made = dict(value) if isinstance(value, dict) else list(value)
    made[path[0]] = damaged(made[path[0]], path[1:], by)
    return made


@pytest.mark.parametrize("by", [None, 3, "x", [], {}, [3], {"x": [None]}, True], ids=repr)
def test_a_damaged_text_is_refused_or_read_and_never_an_error_of_ours(by):
    whole = [
        json.loads(registry.render(target, example()).text)
        for target in ("request", "stepfunctions", "sagemaker-pipeline")
    ]
    whole.append(parsed(registry.render("ack", example()).text, "job.yaml"))
    whole.append(example() | {"HyperParameterTuningJobArn": "arn"})
    values = {"name": "x", "config": [{"strategy": "Random"}], "tags": {"a": "b"}}
    resource = {"type": "aws_sagemaker_hyper_parameter_tuning_job", "values": values}
    plan = {"planned_values": {"root_module": {"resources": [resource]}}}
    whole.append(plan | {"format_version": "1", "terraform_version": "1", "resource_changes": []})
    for data in whole:
        for path in places(data):
            text = json.dumps(damaged(data, path, by))
            try:
                _, reading = registry.read(Source("x.json", text))
            except BadInput:
                continue
            assert isinstance(reading.request, dict)
