"""Campaigns from the command to the emulator, with simulated training in virtual time."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from orchestrator.cli.console import Console
from orchestrator.cli.main import cli
from orchestrator.client import tags, tuning_jobs
from orchestrator.errors import Unreachable
from orchestrator.settings import Settings

OBJECTIVE = """
def objective(hyperparameters):
    x, y = (float(hyperparameters[name]) for name in "xy")
    return [(60.0, (x - 0.3) ** 2 + (y - 0.6) ** 2)]
"""
JOB = """
name: tune
strategy: Bayesian
seed: 3
objective: {metric: loss, goal: minimize}
limits: {jobs: 8, parallel: 2}
ranges:
  x: {type: continuous, min: 0, max: 1}
  y: {type: continuous, min: 0, max: 1}
hyperparameters: {epochs: 1}
metrics: {loss: "loss=(.*)"}
training: {image: trainer, timeout: 1h}
tags: {team: a}
"""


class Desk:
    """A state folder and a job file; every command is a connection of its own."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "objective.py").write_text(OBJECTIVE)
        self.file = folder / "job.yaml"
        self.file.write_text(JOB)

    def console(self):
        settings = Settings(
            home=self.folder / "state",
            runtime="simulated",
            lockstep=True,  # the same from run to run, whichever training job ends first
            objective=f"{self.folder / 'objective.py'}:objective",
        )
        return Console(settings=settings)

    def amt(self, *words, code=0):
        result = CliRunner().invoke(cli, list(words), prog_name="amt", obj=self.console())
        assert result.exit_code == code, result.output
        return result

    def answer(self, *words):
        return json.loads(self.amt(*words, "--json").stdout)

    def connected(self):
        return self.console().connected()


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def parents(job):
    config = job.get("WarmStartConfig") or {}
    listed = config.get("ParentHyperParameterTuningJobs", [])
    return [parent["HyperParameterTuningJobName"] for parent in listed]


def test_a_job_is_extended_by_others_that_start_from_it(desk):
    desk.amt("run", str(desk.file))
    told = desk.amt("extend", "tune", "--jobs", "6")
    assert "Created tune-2 on local: 6 training jobs, starting from tune." in told.stderr
    desk.amt("extend", "tune", "--jobs", "5")
    campaign = desk.answer("campaign", "tune")
    assert [(m["name"], m["launched"]) for m in campaign["members"]] == [
        ("tune", 8),
        ("tune-2", 6),
        ("tune-3", 5),
    ]
    assert (campaign["jobs"], campaign["launched"]) == (19, 19)
    third = desk.answer("describe", "tune-3")
    assert set(parents(third)) == {"tune", "tune-2"}
    assert third["WarmStartConfig"]["WarmStartType"] == "IdenticalDataAndAlgorithm"
    assert third["HyperParameterTuningJobConfig"]["RandomSeed"] == 5


def test_the_best_of_all_is_the_best_of_every_training_job_of_every_member(desk):
    desk.amt("run", str(desk.file))
    desk.amt("extend", "tune", "--jobs", "6")
    campaign = desk.answer("campaign", "tune", "--limit", "100")
    values = {}
    for name in ("tune", "tune-2"):
        for child in desk.answer("jobs", name):
            final = child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
            values[child["TrainingJobName"]] = final
    assert campaign["best"]["training_job"] == min(values, key=values.get)
    assert [row["value"] for row in campaign["leaderboard"]] == sorted(values.values())
    text = desk.amt("campaign", "tune-2", "--limit", "3").stdout
    assert campaign["best"]["training_job"] in text
    assert "14 of 14" in text


def test_no_configuration_is_trained_twice_by_members_that_start_from_each_other(desk):
    desk.amt("run", str(desk.file))
    desk.amt("extend", "tune", "--to", "20")
    seen = Counter(
        tuple(sorted(row["hyperparameters"].items()))
        for row in desk.answer("campaign", "tune", "--limit", "100")["leaderboard"]
    )
    assert len(seen) == 20


@pytest.mark.timeout(300)
def test_a_campaign_goes_past_what_one_tuning_job_may_have(desk):
    desk.amt("run", str(desk.file), "--set", "strategy=Random")
    desk.amt("extend", "tune", "--to", "790")
    campaign = desk.answer("campaign", "tune", "--limit", "1000")
    assert [member["launched"] for member in campaign["members"]] == [8, 750, 32]
    assert {member["status"] for member in campaign["members"]} == {"Completed"}
    assert campaign["launched"] == 790
    tried = {tuple(row["hyperparameters"].items()) for row in campaign["leaderboard"]}
    assert len(tried) == 790


def test_the_users_tags_stay_and_the_campaigns_tell_all_that_is_to_be_known(desk):
    desk.amt("run", str(desk.file))
    desk.amt("extend", "tune", "--jobs", "6")
    with desk.connected() as connection:
        found = {
            name: tags.of(connection, tuning_jobs.describe(connection, name)[ARN])
            for name in ("tune", "tune-2")
        }
    assert found["tune"]["amt:campaign-extended"] == "14"
    kept = {key: value for key, value in found["tune-2"].items() if key != "amt:definition"}
    assert kept == {
        "team": "a",
        "amt:campaign": "tune",
        "amt:campaign-member": "2",
        "amt:campaign-jobs": "14",
        "amt:campaign-size": "125",
    }


ARN = "HyperParameterTuningJobArn"


# ---------------------------------------------------------------------- from a job file


def test_a_job_file_with_a_campaign_makes_its_members_one_after_the_other(desk):
    campaign = ["--set", "campaign=20"]
    told = desk.amt("run", str(desk.file), *campaign)
    assert "tune: 20 training jobs in 3 tuning jobs." in told.stderr
    found = desk.answer("campaign", "tune", "--limit", "100")
    assert [(m["name"], m["launched"]) for m in found["members"]] == [
        ("tune-1", 8),
        ("tune-2", 8),
        ("tune-3", 4),
    ]
    assert found["members"][0]["parents"] == []
    assert len({tuple(row["hyperparameters"].items()) for row in found["leaderboard"]}) == 20
    again = desk.amt("run", str(desk.file), *campaign)
    assert "tune: 20 training jobs in 3 tuning jobs." in again.stderr
    desk.amt("run", str(desk.file), "--set", "campaign=22")
    assert desk.answer("campaign", "tune")["launched"] == 22


def test_best_and_jobs_take_the_name_of_a_campaign(desk):
    desk.amt("run", str(desk.file), "--set", "campaign=12")
    best = desk.answer("campaign", "tune")["best"]
    assert desk.answer("best", "tune") == {**best, "model": None}
    assert best["training_job"] in desk.amt("best", "tune").stdout
    children = desk.answer("jobs", "tune")
    assert len(children) == 12
    assert children[0]["TrainingJobName"] == best["training_job"]
    assert "There is no tuning job called tne" in desk.amt("best", "tne", code=2).stderr


def test_a_member_has_what_leaves_room_for_five_parents(desk):
    sizes = {"Bayesian": 125, "Random": 750, "Hyperband": 750}
    desk.file.write_text(JOB.replace("jobs: 8, ", ""))
    for strategy, size in sizes.items():
        words = ["--set", f"strategy={strategy}", "--set", "campaign=2000"]
        shown = desk.answer("run", str(desk.file), *words, "--dry-run")
        assert shown["name"] == "tune-1"
        limits = shown["request"]["HyperParameterTuningJobConfig"]["ResourceLimits"]
        assert limits["MaxNumberOfTrainingJobs"] == size


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "name="], "name: is missing for a campaign."),
        (["--detach"], "--detach: leaves nobody to carry on a campaign."),
        (["--set", "strategy=Grid"], "has campaign beside strategy: Grid"),
        (["--name", "a-name-of-twenty-eight-chars"], "has a name that is too long for a campaign"),
        (["--set", "warm_start={type: identical, parents: [a]}"], "has warm_start beside campaign"),
        (["--set", "campaign=0"], "has a campaign of less than one training job"),
    ],
)
def test_a_campaign_that_cannot_be_is_refused_and_nothing_is_made(desk, words, said):
    result = desk.amt("run", str(desk.file), "--set", "campaign=20", *words, code=2)
    assert said in result.stderr
    assert desk.answer("list") == []


# ---------------------------------------------------------------------- money

DOLLAR = ["--price", "ml.m5.large=60"]  # a training job of a minute costs a dollar


def test_run_refuses_what_is_expected_to_cost_more_and_makes_nothing(desk):
    words = [*DOLLAR, "--expect", "60s", "--max-usd", "7"]
    result = desk.amt("run", str(desk.file), *words, code=2)
    assert "--max-usd: the expected cost is 8.00, which is more (got 7)" in result.stderr
    assert desk.answer("list") == []
    desk.amt("run", str(desk.file), *DOLLAR, "--expect", "60s", "--max-usd", "8")


def test_a_limit_without_a_price_is_refused_before_the_campaign_is_begun(desk):
    desk.amt("run", str(desk.file), "--set", "training.instance.type=ml.r7i.large")
    told = desk.amt("extend", "tune", "--jobs", "4", "--max-usd", "5", code=2)
    assert "no price is known of ml.r7i.large" in told.stderr
    assert "tune is in no campaign" in desk.amt("campaign", "tune", code=2).stderr


def test_a_campaign_stops_when_all_its_members_have_spent_the_limit(desk):
    desk.amt("run", str(desk.file))
    words = ["--to", "40", *DOLLAR, "--max-usd", "8"]
    told = desk.amt("extend", "tune", *words, code=3)
    assert "--max-usd 8 is spent: tune stops here." in told.stderr
    assert len(desk.answer("list")) == 1
    desk.amt("extend", "tune", "--to", "10", *DOLLAR, "--max-usd", "11")
    assert desk.answer("campaign", "tune")["launched"] == 10


# ---------------------------------------------------------------------- going on


def test_a_repeated_command_goes_on_where_a_driver_died_before_the_member_was_made(
    desk, monkeypatch
):
    desk.amt("run", str(desk.file))

    def gone(*_):
        raise Unreachable("the line is cut")

    with monkeypatch.context() as patched:
        patched.setattr(tuning_jobs, "create", gone)
        desk.amt("extend", "tune", "--jobs", "6", code=4)
    assert desk.answer("campaign", "tune")["jobs"] == 14
    told = desk.amt("extend", "tune", "--jobs", "6")
    assert "tune has 8 of 14 training jobs, so it goes on to 14" in told.stderr
    assert desk.answer("campaign", "tune")["launched"] == 14


def test_a_repeated_command_goes_on_where_the_answer_was_lost(desk, monkeypatch):
    desk.amt("run", str(desk.file))
    real = tuning_jobs.create

    def lost(*words):
        real(*words)
        raise Unreachable("the line is cut")

    with monkeypatch.context() as patched:
        patched.setattr(tuning_jobs, "create", lost)
        desk.amt("extend", "tune", "--jobs", "6", code=4)
    desk.amt("extend", "tune")
    members = desk.answer("campaign", "tune")["members"]
    assert [(m["name"], m["launched"]) for m in members] == [("tune", 8), ("tune-2", 6)]


def test_two_drivers_at_once_make_no_member_twice(desk, monkeypatch):
    desk.amt("run", str(desk.file))
    real = tuning_jobs.create

    def after_another(connection, request):
        real(connection, request)
        return real(connection, request)

    with monkeypatch.context() as patched:
        patched.setattr(tuning_jobs, "create", after_another)
        desk.amt("extend", "tune", "--jobs", "6")
    members = desk.answer("campaign", "tune")["members"]
    assert [(m["name"], m["launched"]) for m in members] == [("tune", 8), ("tune-2", 6)]


def test_a_job_with_a_long_name_is_found_again_by_it(desk):
    name = "a-tuning-job-with-a-name-of-32-c"
    desk.amt("run", str(desk.file), "--name", name)
    desk.amt("extend", name, "--jobs", "2")
    desk.amt("extend", name, "--jobs", "2")
    members = desk.answer("campaign", name)["members"]
    short = "a-tuning-job-with-a-name-of"
    assert [member["name"] for member in members] == [name, f"{short}-2", f"{short}-3"]


def test_a_finished_campaign_has_nothing_to_do(desk):
    desk.amt("run", str(desk.file))
    desk.amt("extend", "tune", "--to", "14")
    for number in ([], ["--to", "14"]):
        told = desk.amt("extend", "tune", *number)
        assert "tune: 14 training jobs in 2 tuning jobs." in told.stderr
    assert len(desk.answer("campaign", "tune")["members"]) == 2


def test_a_met_criterion_ends_the_campaign_until_more_is_asked_for(desk):
    desk.amt("run", str(desk.file), "--set", "complete_when.target=0.9")
    desk.amt("extend", "tune", "--to", "30")
    campaign = desk.answer("campaign", "tune")
    assert len(campaign["members"]) == 2
    assert campaign["launched"] < 30
    told = desk.amt("extend", "tune")
    assert "ended early: the target 0.9 is reached" in told.stderr
    desk.amt("extend", "tune", "--jobs", "4")
    assert len(desk.answer("campaign", "tune")["members"]) == 3


def test_a_name_that_somebody_else_has_is_refused_and_the_search_keeps_its_own(desk):
    desk.amt("run", str(desk.file))
    desk.amt("run", str(desk.file), "--name", "tune-2")
    result = desk.amt("extend", "tune", "--jobs", "6", code=2)
    assert "The name tune-2 is taken" in result.stderr


# ---------------------------------------------------------------------- changes


def test_ranges_may_be_changed_on_the_way(desk):
    desk.amt("run", str(desk.file))
    desk.amt("extend", "tune", "--jobs", "6", "--set", "ranges.x.max=0.5")
    assert all(
        float(child["TunedHyperParameters"]["x"]) <= 0.5 for child in desk.answer("jobs", "tune-2")
    )


def test_other_data_make_it_a_transfer(desk):
    desk.amt("run", str(desk.file))
    desk.amt("extend", "tune", "--jobs", "4", "--set", "training.image=trainer:2")
    described = desk.answer("describe", "tune-2")
    assert described["WarmStartConfig"]["WarmStartType"] == "TransferLearning"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--jobs", "3", "--to", "20"], "--to: cannot be given beside --jobs. Give one of them."),
        (["--to", "5"], "--to: is less than the 8 training jobs that there are already (got 5)."),
        (["--set", "hyperparameters.z=1"], "hyperparameters.z: is new to the campaign."),
        (["--set", "limits.jobs=9"], "--set: limits.jobs is the campaign's own to choose."),
        (["--set", "limits.parallel=many"], "limits.parallel: must be a whole number (got many)"),
        (["--set", "strategy=Grid"], "ranges.x: Grid search takes categorical ranges only"),
        (["--set", "training.environment.A=1"], "Environment: may not change in a campaign."),
    ],
)
def test_what_cannot_carry_on_a_search_is_refused_and_nothing_is_done(desk, words, said):
    desk.amt("run", str(desk.file))
    number = [] if "--to" in words else ["--jobs", "4"]
    result = desk.amt("extend", "tune", *number, *words, code=2)
    assert said in result.stderr
    names = [job["HyperParameterTuningJobName"] for job in desk.answer("list")]
    assert names == ["tune"]
    assert "tune is in no campaign" in desk.amt("campaign", "tune", code=2).stderr


def test_what_is_no_campaign_and_no_job_is_told(desk):
    desk.amt("run", str(desk.file))
    assert "--jobs: is needed to begin a campaign" in desk.amt("extend", "tune", code=2).stderr
    assert "tune is in no campaign. `amt extend tune" in desk.amt("campaign", "tune", code=2).stderr
    assert "There is no tuning job called tne" in desk.amt("extend", "tne", code=2).stderr
    grid = ["--set", "strategy=Grid", "--set", "ranges.x=[0, 1]", "--set", "ranges.y=[0, 1]"]
    desk.amt("run", str(desk.file), "--name", "grid", *grid, "--set", "limits.jobs=4")
    refused = desk.amt("extend", "grid", "--jobs", "4", code=2)
    assert "strategy: cannot be carried on over several jobs (got Grid). A grid" in refused.stderr
