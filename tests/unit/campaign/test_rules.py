"""What a definition must keep so that its campaign can be carried on, each with its mend."""

import copy

import pytest

from orchestrator.campaign.rules import faults

REQUEST = {
    "HyperParameterTuningJobName": "one",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
            "CategoricalParameterRanges": [{"Name": "kind", "Values": list("abcdefghijk")}],
        },
    },
    "TrainingJobDefinition": {
        "StaticHyperParameters": dict.fromkeys(("epochs", "a", "b", "c", "d", "e", "f"), "1"),
        "AlgorithmSpecification": {"TrainingImage": "image:1", "TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::000000000000:role/r",
    },
}
CONFIG, DEFINITION = "HyperParameterTuningJobConfig", "TrainingJobDefinition"


def changed(change):
    after = copy.deepcopy(REQUEST)
    change(after)
    return [str(fault) for fault in faults(REQUEST, after)]


def test_the_same_definition_can_be_carried_on():
    assert changed(lambda after: None) == []


def test_what_amt_lets_change_may_change():
    def change(after):
        after[CONFIG]["ParameterRanges"]["ContinuousParameterRanges"][0]["MaxValue"] = "5"
        after[DEFINITION]["AlgorithmSpecification"]["TrainingImage"] = "image:2"
        after[DEFINITION]["ResourceConfig"] = {"InstanceType": "ml.m5.large"}
        after[DEFINITION]["StaticHyperParameters"]["epochs"] = "9"
        after[DEFINITION]["EnableNetworkIsolation"] = False

    assert changed(change) == []


def test_a_static_one_may_be_searched_and_a_searched_one_made_static():
    def change(after):
        del after[DEFINITION]["StaticHyperParameters"]["epochs"]
        after[DEFINITION]["StaticHyperParameters"]["x"] = "0.5"
        after[CONFIG]["ParameterRanges"]["ContinuousParameterRanges"][0]["Name"] = "epochs"

    assert changed(change) == []


def test_a_new_name_and_a_missing_one_are_named():
    def change(after):
        static = after[DEFINITION]["StaticHyperParameters"]
        static["depth"] = static.pop("epochs")

    new, missing = changed(change)
    assert new.startswith("hyperparameters.depth: is new to the campaign. Remove it")
    assert missing.startswith("hyperparameters.epochs: is missing. Keep it, static or searched")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("MetricName", "accuracy", "objective.metric: must be that of the campaign (got accuracy)"),
        ("Type", "Maximize", "objective.goal: must be that of the campaign (got Maximize)"),
    ],
)
def test_the_objective_stays(key, value, said):
    def change(after):
        after[CONFIG]["HyperParameterTuningJobObjective"][key] = value

    (fault,) = changed(change)
    assert fault.startswith(said)


def test_a_range_keeps_its_kind():
    def change(after):
        ranges = after[CONFIG]["ParameterRanges"]
        ranges["IntegerParameterRanges"] = [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]
        ranges["ContinuousParameterRanges"] = []

    (fault,) = changed(change)
    assert fault.startswith("ranges.x: is another kind of range now (got IntegerParameterRanges)")


def test_a_member_that_may_not_change_is_named_with_those_that_may():
    (fault,) = changed(lambda after: after[DEFINITION].update(Environment={"A": "1"}))
    assert fault.startswith("TrainingJobDefinition.Environment: may not change in a campaign.")
    assert "StaticHyperParameters" in fault


def test_ten_changes_are_taken_and_the_eleventh_is_not():
    def values(count):
        def change(after):
            for name in list("abcdef")[:count]:
                after[DEFINITION]["StaticHyperParameters"][name] = "2"

        return change

    assert changed(values(5)) == []
    (fault,) = changed(values(6))
    assert fault.startswith("hyperparameters: have 12 changes, and a warm start takes 10.")


def test_a_categorical_range_made_static_counts_its_values():
    def change(after):
        after[CONFIG]["ParameterRanges"]["CategoricalParameterRanges"] = []
        after[DEFINITION]["StaticHyperParameters"]["kind"] = "a"

    (fault,) = changed(change)
    assert "have 11 changes" in fault


def test_a_grid_and_several_definitions_of_a_search_that_learns_are_refused():
    (fault,) = changed(lambda after: after[CONFIG].update(Strategy="Grid"))
    assert fault.startswith("strategy: cannot be carried on over several jobs (got Grid). A grid")

    def several(after):
        after["TrainingJobDefinitions"] = [after.pop(DEFINITION)]

    (fault,) = changed(several)
    assert fault.startswith("definitions: a warm start takes a single definition.")
