"""plan: counted, foretold, priced, held against quotas and against what exists."""

import json

import pytest

from orchestrator.client.session import Cloud
from orchestrator.errors import Unreachable
from tests.cli.conftest import START, Refused, a_child, a_job

JOB = """
name: demo
strategy: Random
seed: 3
objective: {metric: accuracy, goal: maximize}
limits: {jobs: 12, parallel: 4}
ranges:
  lr: {type: continuous, min: 0.001, max: 1.0, scale: log}
metrics: {accuracy: 'accuracy=([-+0-9.eE]+)'}
training:
  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/trainer:1
  role: arn:aws:iam::000000000000:role/amt
  output: {s3: "s3://bucket/out"}
  instance: {type: ml.m5.large}
  timeout: 1h
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "demo.yaml"
    path.write_text(JOB)
    return str(path)


@pytest.fixture(autouse=True)
def cloud(world):
    """What is asked for when `--on aws` is given; nothing of it in these tests."""
    caller = "arn:aws:iam::000000000000:user/me"
    world.cloud = Cloud("000000000000", caller, s3=None, iam=None, cloudformation=None)


def planned(world, *words, code=0, **settings):
    result = world.amt("plan", *words, "--json", **settings)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def created_from(world, file, **changes):
    """Describe's answer for a job that was made from the file."""
    request = json.loads(world.amt("render", file).stdout)
    return world.endpoint.add(a_job("demo", "Completed") | request | changes)


def test_a_plan_counts_foretells_and_prices_and_creates_nothing(world, file):
    plan = planned(world, file, "--expect", "30m")
    assert plan["trainings"]["most"] == 12
    assert plan["rounds"] == {"parallel": 4, "count": 3, "learning": None}
    assert len(plan["first"]["configurations"]) == 5
    assert plan["first"]["seed"] == 3
    assert plan["time"]["expected"] == 3 * 1800
    assert plan["money"]["expected"] == pytest.approx(12 * 0.5 * 0.115)
    assert plan["money"]["worst"] == pytest.approx(12 * 0.115)
    assert [check["fits"] for check in plan["quotas"]] == [True, True]
    assert plan["difference"] is None
    assert not world.endpoint.created
    assert not world.bucket.objects


def test_a_plan_for_people_says_the_same(world, file):
    result = world.amt("plan", file, "--expect", "30m", "--first", "1")
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "training jobs 12" in lines
    assert lines[3].startswith("rounds 4 parallel of 12 = 3 rounds; ")
    assert "first with seed 3, whatever comes out:" in lines
    assert any(line.startswith("1. lr=") for line in lines)
    assert any("nothing here; on AWS low $0.69, expected $0.69, worst $1.38" in o for o in lines)
    assert any("without storage" in line for line in lines)


def test_markdown_is_a_table_and_lists(world, file):
    result = world.amt(
        "plan", file, "--expect", "30m", "--markdown", "--set", "early_stopping=auto"
    )
    assert "### amt plan: `demo` on local" in result.stdout
    assert "| money on AWS | $0.69 | $0.69 | $1.38 |" in result.stdout
    assert "- `early_stopping`: compares training jobs epoch by epoch" in result.stdout


def test_a_job_without_a_seed_foretells_nothing_but_in_lockstep(world, tmp_path):
    path = tmp_path / "unseeded.yaml"
    path.write_text(JOB.replace("seed: 3\n", ""))
    assert "draws a seed of its own" in planned(world, str(path))["first"]["why_not"]
    assert planned(world, str(path), lockstep=True)["first"]["seed"] == 0


def test_a_guided_hyperband_is_planned_with_the_configurations_it_will_try(world, file):
    words = ("--set", "strategy=Hyperband", "--set", "hyperparameters.epochs=27")
    plans = [
        planned(world, file, *words, **each) for each in ({}, {"hyperband_search": "Bayesian"})
    ]
    chance, guided = plans
    assert guided["first"]["configurations"] != chance["first"]["configurations"]
    assert chance["rounds"]["learning"] is None
    assert guided["rounds"]["learning"] > 0
    assert chance["notes"] == []
    assert "AMT_HYPERBAND_SEARCH=Bayesian" in guided["notes"][0]
    elsewhere = planned(world, file, "--on", "aws", *words, hyperband_search="Bayesian")
    assert elsewhere["notes"] == []


# ---------------------------------------------------------------------- on AWS


def test_on_aws_prices_and_quotas_are_looked_up(world, file):
    plan = planned(world, file, "--on", "aws")
    assert plan["money"]["sources"] == ["AWS Price List, us-east-1, just now."]
    assert plan["money"]["worst"] == pytest.approx(12 * 0.115)
    by_name = {check["name"]: check for check in plan["quotas"]}
    instances = by_name["ml.m5.large for training job usage"]
    assert (instances["needed"], instances["allowed"], instances["fits"]) == (4, 15, True)
    assert by_name["parallel training jobs per tuning job"]["source"] == "documented default"
    assert plan["notes"] == []
    assert plan["first"]["configurations"] == []
    assert "does not document" in plan["first"]["why_not"]


def test_too_many_instances_for_the_account_are_told(world, file):
    words = ["--set", "training.instance.count=5", "--set", "limits.parallel=4"]
    result = world.amt("plan", file, "--on", "aws", *words)
    assert (
        "ml.m5.large for training job usage: 20 of 15 (Service Quotas): TOO MUCH" in result.stdout
    )
    spot = ["--set", "training.spot.max_wait=2h"]
    result = world.amt("plan", file, "--on", "aws", *spot)
    assert "ml.m5.large for spot training job usage: 4 of 0 (Service Quotas): TOO MUCH" in (
        result.stdout
    )


def test_a_type_that_the_price_list_does_not_have_is_taken_from_the_table(world, file):
    words = ["--on", "aws", "--set", "training.instance.type=ml.c5.xlarge"]
    plan = planned(world, file, *words)
    assert plan["money"]["worst"] == pytest.approx(12 * 0.204)
    assert plan["notes"] == ["AWS's Price List has no training price of ml.c5.xlarge."]
    assert "the table in this package" in plan["money"]["sources"][0]


def refusing(*_):
    raise Refused("AccessDeniedException", "not authorized to perform this")


def test_lookups_that_are_refused_leave_what_is_documented_and_say_so(world, file, monkeypatch):
    monkeypatch.setattr(world.endpoint, "GetProducts", refusing)
    monkeypatch.setattr(world.endpoint, "ListServiceQuotas", refusing)
    plan = planned(world, file, "--on", "aws")
    assert [note.partition(":")[0] for note in plan["notes"]] == [
        "AWS's Price List was not reached, so the table stands",
        "Service Quotas was not reached, so documented defaults stand",
    ]
    assert all("not authorized" in note for note in plan["notes"])
    assert plan["quotas"][-1]["allowed"] is None


def test_an_endpoint_that_cannot_be_reached_leaves_a_plan_from_the_file(world, file):
    world.broken = Unreachable("No AWS credentials.")
    plan = planned(world, file, "--on", "aws")
    assert plan["trainings"]["most"] == 12
    assert plan["notes"] == ["aws was not reached: No AWS credentials."]


# ---------------------------------------------------------------------- limits of money


@pytest.mark.parametrize(
    ("words", "what"),
    [(["--expect", "30m"], "the expected cost is 0.69"), ([], "the worst case is 1.38")],
)
def test_more_than_max_usd_is_refused_after_it_was_shown(world, file, words, what):
    result = world.amt("plan", file, "--max-usd", "0.5", *words)
    assert result.exit_code == 2
    assert f"--max-usd: {what}, which is more (got 0.5)." in result.stderr
    assert "money" in result.stdout
    assert world.amt("plan", file, "--max-usd", "1.5", *words).exit_code == 0


def test_a_limit_without_a_price_is_refused_and_a_stated_price_mends_it(world, file):
    words = ["--max-usd", "5", "--set", "training.instance.type=ml.r7i.large"]
    result = world.amt("plan", file, *words)
    assert result.exit_code == 2
    assert "no price is known of ml.r7i.large. Give --price ml.r7i.large=USD." in result.stderr
    assert world.amt("plan", file, *words, "--price", "ml.r7i.large=0.2").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--expect", "soon"], "--expect: "),
        (["--price", "cheap"], "--price: is not a price (got cheap)"),
        (["--max-usd", "0"], "--max-usd"),
        (["--first", "-1"], "--first"),
        (["--against", "gone"], "There is no tuning job called gone"),
    ],
)
def test_options_that_cannot_be_used_are_refused(world, file, words, said):
    result = world.amt("plan", file, *words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert world.amt("plan", file, *words, "--detailed-exitcode").exit_code == 1


# ---------------------------------------------------------------------- against what exists


def test_a_job_that_is_just_this_definition_leaves_nothing_to_do(world, file):
    created_from(world, file)
    plan = planned(world, file, "--detailed-exitcode")
    assert plan["difference"]["nothing_to_do"]
    assert "difference" in (text := world.amt("plan", file).stdout)
    assert "none: demo is just this definition; nothing is to be done" in text


def test_a_job_to_create_and_a_job_that_differs_are_changes(world, file):
    assert planned(world, file, "--detailed-exitcode", code=2)["difference"] is None
    created_from(world, file)
    words = ["--set", "limits.jobs=20", "--set", "hyperparameters.depth=3"]
    plan = planned(world, file, *words, "--detailed-exitcode", code=2)
    assert plan["difference"]["changes"] == [
        "+ hyperparameters.depth: 3",
        "~ limits.jobs: 12 -> 20",
    ]
    assert plan["difference"]["forces_new"]
    text = world.amt("plan", file, *words).stdout
    assert "a tuning job cannot be changed: this takes a new one, with another name" in text


def test_a_bad_file_is_an_error_under_the_detailed_exit_code(world, tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(JOB.replace("parallel: 4", "parallel: none"))
    assert world.amt("plan", str(path)).exit_code == 2
    result = world.amt("plan", str(path), "--detailed-exitcode")
    assert result.exit_code == 1
    assert "limits.parallel: must be a whole number" in result.stderr


def timed(number, seconds):
    child = a_child(f"demo-{number}", 0.5)
    return child | {"TrainingStartTime": START, "TrainingEndTime": START + seconds}


def test_earlier_jobs_that_trained_the_same_tell_how_long_it_takes(world, file):
    request = json.loads(world.amt("render", file).stdout)
    for name, seconds in (("demo-251101-000000", 600), ("demo-251102-000000", 1200)):
        children = [timed(number, seconds) for number in range(2)]
        world.endpoint.add(
            a_job(name, "Completed") | request | {"HyperParameterTuningJobName": name},
            children=children,
        )
    other = request["TrainingJobDefinition"] | {"StaticHyperParameters": {"epochs": "99"}}
    world.endpoint.add(
        a_job("demo-other", "Completed")
        | request
        | {"HyperParameterTuningJobName": "demo-other", "TrainingJobDefinition": other},
        children=[timed(9, 9)],
    )
    plan = planned(world, file)
    took = plan["time"]["durations"]
    assert (took["low"], took["expected"], took["worst"]) == (600, 900, 3600)
    assert took["source"] == "4 training jobs of demo-251101-000000, demo-251102-000000"
    assert planned(world, file, "--expect", "5m")["time"]["durations"]["expected"] == 300


def test_against_tells_the_difference_from_any_job(world, file):
    created_from(world, file)
    plan = planned(
        world, file, "--name", "another", "--against", "demo", "--detailed-exitcode", code=2
    )
    assert (plan["difference"]["job"], plan["difference"]["changes"]) == ("demo", [])
    assert not plan["difference"]["nothing_to_do"]


def test_parents_count_against_the_quota_and_a_missing_one_is_refused(world, file):
    counters = {"Completed": 745, "InProgress": 0, "Stopped": 0}
    world.endpoint.add(a_job("before", "Completed", TrainingJobStatusCounters=counters))
    warm = ["--set", "warm_start.type=identical", "--set", "warm_start.parents=[before]"]
    plan = planned(world, file, *warm, "--set", "strategy=Bayesian", "--on", "aws")
    assert (plan["quotas"][0]["needed"], plan["quotas"][0]["fits"]) == (757, False)
    gone = ["--set", "warm_start.type=identical", "--set", "warm_start.parents=[gone]"]
    result = world.amt("plan", file, *gone)
    assert result.exit_code == 2
    assert "warm_start.parents: does not exist (got gone)" in result.stderr


def test_a_campaign_is_reckoned_as_a_whole(world, file):
    words = ["--set", "campaign=100", "--set", "limits.jobs=12", "--expect", "30m"]
    plan = planned(world, file, *words)
    assert plan["campaign"] == {"trainings": 100, "tuning_jobs": 9}
    assert plan["trainings"]["most"] == 12
    assert plan["money"]["expected"] == pytest.approx(100 * 0.5 * 0.115)
    assert plan["time"]["expected"] == 25 * 1800
    text = world.amt("plan", file, *words).stdout
    assert "100 training jobs in 9 tuning jobs like this one" in text
    assert planned(world, file, "--set", "campaign=10")["campaign"] is None
