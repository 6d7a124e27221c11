"""Shape faults: where, in which words, and never fewer than botocore finds."""

import copy

import botocore.loaders
import botocore.model
import botocore.validate
import pytest

from orchestrator.wire import model, validate

TUNING = "CreateHyperParameterTuningJob"


@pytest.fixture(scope="module")
def botocore_finds():
    """Whether botocore's own check has anything to say of a tuning request."""
    raw = botocore.loaders.Loader().load_service_model("sagemaker", "service-2")
    shape = botocore.model.ServiceModel(raw).operation_model(TUNING).input_shape
    check = botocore.validate.ParamValidator()
    return lambda request: check.validate(request, shape).has_errors()


def places(node, way=()):
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*way, key)
        if isinstance(value, dict | list):
            yield from places(value, (*way, key))


def put(request, way, value):
    changed = copy.deepcopy(request)
    place = changed
    for step in way[:-1]:
        place = place[step]
    place[way[-1]] = value
    return changed


@pytest.mark.parametrize("junk", [1, -1, 1.5, "", "x", [], {}, {"a": 1}, [{}], True])
def test_whatever_botocore_refuses_is_refused(tuning, botocore_finds, junk):
    for way in places(tuning):
        request = put(tuning, way, junk)
        if botocore_finds(request):
            assert validate.request_faults(TUNING, request), (way, junk)


def test_all_faults_are_told_at_once(tuning):
    tuning["HyperParameterTuningJobName"] = "a" * 34
    tuning["HyperParameterTuningJobConfig"]["Strategy"] = "Banana"
    del tuning["TrainingJobDefinition"]["RoleArn"]
    faults = validate.request_faults(TUNING, tuning)
    assert [fault.path for fault in faults] == [
        "HyperParameterTuningJobName",
        "HyperParameterTuningJobConfig.Strategy",
        "TrainingJobDefinition.RoleArn",
    ]


def test_the_message_is_awss(tuning):
    tuning["HyperParameterTuningJobName"] = "a" * 34
    ranges = tuning["HyperParameterTuningJobConfig"]["ParameterRanges"]
    ranges["ContinuousParameterRanges"][0]["ScalingType"] = "Log"
    assert validate.message(validate.request_faults(TUNING, tuning)) == (
        "2 validation errors detected: Value '" + "a" * 34 + "' at 'hyperParameterTuningJobName' "
        "failed to satisfy constraint: Member must have length less than or equal to 32; Value "
        "'Log' at 'hyperParameterTuningJobConfig.parameterRanges.continuousParameterRanges.1."
        "member.scalingType' failed to satisfy constraint: Member must satisfy enum value set: "
        "[Auto, Linear, Logarithmic, ReverseLogarithmic]"
    )


def test_a_missing_member_is_null_in_the_message(tuning):
    del tuning["HyperParameterTuningJobConfig"]["Strategy"]
    assert validate.message(validate.request_faults(TUNING, tuning)) == (
        "1 validation error detected: Value null at 'hyperParameterTuningJobConfig.strategy' "
        "failed to satisfy constraint: Member must not be null"
    )


def test_a_map_entrys_fault_is_told_of_the_map(tuning):
    tuning["TrainingJobDefinition"]["Environment"] = {"a b": "x"}
    message = validate.message(validate.request_faults(TUNING, tuning))
    assert "at 'trainingJobDefinition.environment' failed" in message
    assert "Map keys must satisfy constraint: [Member must satisfy regular expression" in message


def test_null_for_an_optional_member_is_absence(tuning):
    tuning["WarmStartConfig"] = None
    assert validate.request_faults(TUNING, tuning) == []


@pytest.mark.parametrize(
    ("word", "mend"), [("bayesian", "Did you mean Bayesian?"), ("Banana", "Choose one of")]
)
def test_the_mend_names_what_was_meant(tuning, word, mend):
    tuning["HyperParameterTuningJobConfig"]["Strategy"] = word
    assert mend in validate.request_faults(TUNING, tuning)[0].mend


def test_letters_of_every_script_may_stand_in_a_tag(tuning):
    tuning["Tags"] = [{"Key": "größe", "Value": "大きい"}]
    assert validate.request_faults(TUNING, tuning) == []


def test_a_long_value_is_shown_cut(tuning):
    tuning["TrainingJobDefinition"]["StaticHyperParameters"]["epochs"] = "x" * 5000
    (fault,) = validate.request_faults(TUNING, tuning)
    assert len(fault.value) < 200


def test_endless_nesting_is_a_fault_and_no_crash():
    expression = {}
    for _ in range(900):
        expression = {"SubExpressions": [expression]}
    request = {"Resource": "TrainingJob", "SearchExpression": expression}
    assert "nested" in validate.request_faults("Search", request)[0].problem


def test_a_long_hostile_name_is_refused_at_once():
    shape = model.sagemaker().shape("HyperParameterTuningJobName")
    (fault,) = validate.shape_faults(shape, "a-" * 50_000)
    assert "length" in fault.problem


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("ListTrainingJobs", {"MaxResults": 2**31}),
        ("ListTrainingJobs", {"MaxResults": 10**400}),
        ("ListTrainingJobs", {"CreationTimeAfter": 10**400}),
        ("ListTrainingJobs", {"CreationTimeAfter": 1e12}),
        ("ListTrainingJobs", {"CreationTimeBefore": float("inf")}),
    ],
)
def test_a_number_that_its_type_cannot_hold_is_of_a_wrong_type(operation, request_):
    (fault,) = validate.request_faults(operation, request_)
    assert isinstance(fault, validate.WrongType)
