"""Time, money and quotas, reckoned by hand."""

import pytest

from orchestrator.errors import BadInput
from orchestrator.planning import cost, durations, prices, quotas
from orchestrator.planning.counts import trainings
from orchestrator.tuning.spec import CompletionCriteria
from tests.builders import a_tuning

PRICES = prices.Prices({"ml.m5.large": 0.1, "ml.m5.xlarge": 0.2, "ml.g5.xlarge": 1.0}, "us-east-1")
MINUTE, HOUR = 60.0, 3600.0


def machines(kind="ml.m5.large", count=1, *, spot=False):
    return cost.Machines(((kind, count),), spot)


def basis(spec, took, *machine_lists, shares=(1.0, 1.0)):
    return cost.Basis(spec, trainings(spec), machine_lists or ((machines(),),), took, shares)


def test_without_an_expectation_only_the_worst_is_known():
    found = basis(a_tuning(jobs=20, parallel=4), durations.unknown(HOUR))
    money, time = cost.money(found, PRICES), cost.time(found)
    assert (money.low, money.expected, money.expected_spot) == (None, None, None)
    assert money.worst == pytest.approx(20 * 0.1)
    assert money.reckoned == money.worst
    assert (time.expected, time.worst) == (None, 5 * HOUR)


def test_an_expectation_gives_all_three():
    criteria = CompletionCriteria(not_improving=4)
    spec = a_tuning(jobs=20, parallel=4, completion=criteria)
    found = basis(spec, durations.stated(30 * MINUTE, HOUR), (machines(count=2),))
    money, time = cost.money(found, PRICES), cost.time(found)
    assert money.low == pytest.approx(5 * 0.5 * 0.2)
    assert money.expected == pytest.approx(20 * 0.5 * 0.2)
    assert money.worst == pytest.approx(20 * 1.0 * 0.2)
    assert money.reckoned == money.expected
    assert (time.expected, time.worst) == (5 * 30 * MINUTE, 5 * HOUR)


def test_nothing_takes_longer_than_its_time_out():
    took = durations.stated(3 * HOUR, HOUR)
    assert (took.low, took.expected, took.worst) == (HOUR, HOUR, HOUR)


def test_spot_is_an_interval_and_its_worst_is_on_demand():
    found = basis(a_tuning(jobs=10), durations.stated(HOUR, HOUR), (machines(spot=True),))
    money = cost.money(found, PRICES)
    assert money.low == pytest.approx(10 * 0.1 * 0.1)
    assert (money.expected_spot, money.expected) == (pytest.approx(0.1), pytest.approx(1.0))
    assert money.worst == pytest.approx(1.0)


def test_the_time_of_the_tuning_job_bounds_time_and_money():
    spec = a_tuning(jobs=100, parallel=2, runtime_seconds=int(3 * HOUR))
    found = basis(spec, durations.unknown(HOUR))
    assert cost.time(found).worst == 3 * HOUR
    assert cost.money(found, PRICES).worst == pytest.approx(2 * 3 * 0.1)


def test_of_instances_by_preference_low_takes_the_cheapest_and_worst_the_dearest():
    listed = (machines("ml.m5.xlarge"), machines("ml.g5.xlarge"), machines())
    money = cost.money(basis(a_tuning(jobs=10), durations.stated(HOUR, HOUR), listed), PRICES)
    assert (money.low, money.expected, money.worst) == pytest.approx((1.0, 2.0, 10.0))


def test_hyperband_uses_a_part_of_its_resource_unless_the_average_says_so_already():
    spec = a_tuning(jobs=10)
    took = durations.stated(HOUR, HOUR)
    money = cost.money(basis(spec, took, shares=(0.2, 0.5)), PRICES)
    assert (money.low, money.expected, money.worst) == pytest.approx((0.2, 0.5, 1.0))
    seen = durations.measured([HOUR] * 4, ["one"], HOUR, stops_included=True)
    assert cost.money(basis(spec, seen, shares=(0.2, 0.5)), PRICES).expected == pytest.approx(1.0)


def test_a_type_without_a_price_is_named_and_nothing_is_reckoned():
    found = basis(a_tuning(), durations.unknown(HOUR), (machines("ml.odd.huge"),))
    money = cost.money(found, PRICES)
    assert (money.unpriced, money.worst, money.reckoned) == (("ml.odd.huge",), None, None)


def test_instances_are_read_from_every_form_of_a_request():
    single = {"ResourceConfig": {"InstanceType": "a", "InstanceCount": 3}}
    assert cost.machines(single) == [cost.Machines((("a", 3),))]
    groups = [
        {"InstanceGroupName": "x", "InstanceType": "a", "InstanceCount": 1},
        {"InstanceGroupName": "y", "InstanceType": "b", "InstanceCount": 2},
    ]
    mixed = {"ResourceConfig": {"InstanceGroups": groups}, "EnableManagedSpotTraining": True}
    assert cost.machines(mixed) == [cost.Machines((("a", 1), ("b", 2)), spot=True)]
    configs = [{"InstanceType": "a", "InstanceCount": 1}, {"InstanceType": "b", "InstanceCount": 2}]
    by_preference = {"HyperParameterTuningResourceConfig": {"InstanceConfigs": configs}}
    assert cost.machines(by_preference) == [
        cost.Machines((("a", 1),)),
        cost.Machines((("b", 2),)),
    ]


# ---------------------------------------------------------------------- durations, prices


def test_durations_of_earlier_jobs_are_their_lower_quarter_and_their_mean():
    took = durations.measured([10, 20, 30, 40], ["a", "b"], 100.0, stops_included=False)
    assert (took.low, took.expected, took.worst) == (12.5, 25.0, 100.0)
    assert took.source == "4 training jobs of a, b"


def test_the_table_has_the_price_that_the_price_list_was_seen_to_tell():
    assert prices.tabled("us-east-1").usd_per_hour["ml.m5.large"] == 0.115


def test_a_region_has_its_own_factor_and_an_unknown_one_the_dearest():
    assert prices.tabled("eu-central-1").usd_per_hour["ml.m5.large"] == pytest.approx(0.138)
    somewhere = prices.tabled("mars-north-1")
    assert somewhere.usd_per_hour["ml.m5.large"] == pytest.approx(0.115 * 1.59, abs=1e-4)
    assert "mars-north-1 is not in it: its dearest region is taken" in somewhere.sources[0]


def test_the_table_says_from_when_it_is_and_that_it_is_approximate():
    (source,) = prices.tabled("us-east-1").sources
    assert "of 2024-06, approximate" in source


def test_what_the_user_states_is_believed_before_the_table():
    stated = prices.stated(["ml.m5.large=0.05", "my.own=2"])
    found = prices.tabled("us-east-1").with_stated(stated)
    assert (found.usd_per_hour["ml.m5.large"], found.usd_per_hour["my.own"]) == (0.05, 2.0)
    assert found.sources[0] == "ml.m5.large, my.own: as given with --price."


@pytest.mark.parametrize(
    "text", ["ml.m5.large", "=1", "ml.m5.large=cheap", "a=-1", "a=nan", "a=inf"]
)
def test_a_price_that_is_none_is_refused(text):
    with pytest.raises(BadInput, match="--price: is not a price"):
        prices.stated([text])


# ---------------------------------------------------------------------- quotas


def demand(trainings_=100, parallel=8, strategy="Bayesian", **options):
    return quotas.Demand(strategy, trainings_, parallel, ((machines(count=2, **options),),))


def on_aws(wanted, told):
    return [*quotas.of_tuning(wanted, told, on_aws=True), *quotas.of_instances(wanted, told)]


def verdicts(checks):
    return [(check.needed, check.allowed, check.source, check.fits) for check in checks]


def test_without_service_quotas_the_documented_defaults_stand_and_instances_are_unknown():
    assert verdicts(on_aws(demand(751, 11), None)) == [
        (751, 750, quotas.DOCUMENTED, False),
        (11, 10, quotas.DOCUMENTED, False),
        (22, None, quotas.SERVICE, None),
    ]


def test_service_quotas_tell_what_the_account_has():
    told = {
        "ml.m5.large for training job usage": 15.0,
        "ml.m5.large for spot training job usage": 20.0,
        "Maximum number of parallel training jobs per hyperparameter tuning job": 100.0,
    }
    *_, beside, instances = on_aws(demand(), told)
    assert (beside.allowed, beside.source, beside.fits) == (100, quotas.SERVICE, True)
    assert (instances.needed, instances.allowed, instances.fits) == (16, 15, False)
    *_, spot = on_aws(demand(spot=True), told)
    assert (spot.name, spot.fits) == ("ml.m5.large for spot training job usage", True)


def test_random_may_have_750_on_aws_before_it_is_raised_and_10000_in_the_emulator():
    assert on_aws(demand(strategy="Random"), None)[0].allowed == 750
    here = quotas.of_tuning(demand(strategy="Random"), None, on_aws=False)
    assert (here[0].allowed, here[0].source) == (10_000, quotas.EMULATED)
