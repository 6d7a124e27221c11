"""What Autotune fills in."""

import pytest

from orchestrator.wire import autotune

CONFIG = "HyperParameterTuningJobConfig"


@pytest.fixture
def hinted(tuning):
    """A request that leaves to AMT what it may, with hints."""

    def make(*hints):
        autos = [{"Name": f"h{n}", "ValueHint": hint} for n, hint in enumerate(hints)]
        tuning["Autotune"] = {"Mode": "Enabled"}
        tuning[CONFIG]["ParameterRanges"] = {"AutoParameters": autos}
        tuning[CONFIG]["ResourceLimits"] = {"MaxParallelTrainingJobs": 2}
        del tuning[CONFIG]["TrainingJobEarlyStoppingType"]
        return tuning

    return make


@pytest.mark.parametrize(
    ("hint", "kind", "low", "high"),
    [
        ("4", "IntegerParameterRanges", "2", "8"),
        ("1", "IntegerParameterRanges", "1", "2"),
        ("4.0", "ContinuousParameterRanges", "2.0", "8.0"),
        ("1e-3", "ContinuousParameterRanges", "0.0005", "0.002"),
        ("0.9", "ContinuousParameterRanges", "0.45", "0.95"),
    ],
)
def test_a_hint_becomes_a_range_around_it(hinted, hint, kind, low, high):
    ranges = autotune.resolved(hinted(hint))[CONFIG]["ParameterRanges"]
    assert ranges == {
        kind: [{"Name": "h0", "MinValue": low, "MaxValue": high, "ScalingType": "Auto"}]
    }


@pytest.mark.parametrize("hint", ["0", "-3", "true", "adam", '"4"', "nan", "1e999"])
def test_a_hint_without_a_range_stays_static(hinted, hint):
    request = autotune.resolved(hinted(hint))
    assert request["TrainingJobDefinition"]["StaticHyperParameters"]["h0"] == hint
    assert request[CONFIG]["ParameterRanges"] == {}


def test_budget_stopping_convergence_and_retries_are_filled_in(hinted):
    request = autotune.resolved(hinted("4"))
    config = request[CONFIG]
    assert config["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 50
    assert config["TrainingJobEarlyStoppingType"] == "Auto"
    criteria = config["TuningJobCompletionCriteria"]
    assert criteria["ConvergenceDetected"] == {"CompleteOnConvergence": "Enabled"}
    assert request["TrainingJobDefinition"]["RetryStrategy"] == {"MaximumRetryAttempts": 3}


def test_what_the_user_said_stays(hinted):
    request = hinted("4")
    request[CONFIG]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 7
    request[CONFIG]["TrainingJobEarlyStoppingType"] = "Off"
    config = autotune.resolved(request)[CONFIG]
    assert config["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 7
    assert config["TrainingJobEarlyStoppingType"] == "Off"


def test_without_autotune_nothing_changes(tuning, several):
    assert autotune.resolved(tuning) == tuning
    assert autotune.resolved(several) == several


def test_the_request_given_is_left_as_it_was(hinted):
    request = hinted("4")
    autotune.resolved(request)
    assert "AutoParameters" in request[CONFIG]["ParameterRanges"]
