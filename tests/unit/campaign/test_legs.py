"""What comes next in a campaign: how many training jobs, and which members to learn from."""

import pytest

from orchestrator.campaign.legs import Room, by_use, following
from orchestrator.campaign.members import Campaign, Member
from orchestrator.report.leaderboard import Objective, Row

LOSS = Objective("loss", maximize=False)


def a_row(name, value):
    goodness = None if value is None else -value
    return Row(name, "Completed", "Succeeded", LOSS, value, goodness, {}, 1.0)


def a_member(number, values, *, launched=None, status="Completed", target=1000, size=100):
    launched = len(values) if launched is None else launched
    job = {
        "HyperParameterTuningJobName": f"c-{number}",
        "HyperParameterTuningJobStatus": status,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": launched, "MaxParallelTrainingJobs": 1},
        },
        "TrainingJobStatusCounters": {"Completed": launched},
    }
    rows = tuple(a_row(f"c-{number}-{index}", value) for index, value in enumerate(values))
    return Member(job, number, target, size, rows)


def a_campaign(*members):
    return Campaign("c", members)


def names(members):
    return [member.name for member in members]


def test_the_member_with_the_best_comes_first_then_those_with_most_of_the_best_quarter():
    few = a_member(1, [0.0, 9, 9, 9])
    many = a_member(2, [1, 1.1, 9, 9])
    one = a_member(3, [1.2, 9, 9, 9])
    none = a_member(4, [8, 8, 8, 8])
    assert names(by_use([few, many, one, none])) == ["c-1", "c-2", "c-3", "c-4"]


def test_of_two_alike_the_newer_one_is_more_useful():
    members = [a_member(1, [0.0, 0.1]), a_member(2, [4, 5]), a_member(3, [4, 5])]
    assert names(by_use(members)) == ["c-1", "c-3", "c-2"]


def test_a_member_without_a_result_is_never_a_parent():
    assert names(by_use([a_member(1, [None, None]), a_member(2, [1.0])])) == ["c-2"]


def test_there_are_at_most_five_parents_and_the_rest_is_told():
    members = [a_member(number, [float(number)] * 10) for number in range(1, 8)]
    leg = following(a_campaign(*members), "Bayesian")
    assert len(leg.parents) == 5
    assert leg.parents[0] == "c-1"
    assert len(leg.left_out) == 2
    assert (leg.number, leg.jobs) == (8, 100)


def test_parents_and_the_new_job_keep_within_the_quota_together():
    members = [a_member(number, [1.0] * 10, launched=160) for number in range(1, 6)]
    leg = following(a_campaign(*members), "Bayesian")
    launched = {member.name: member.launched for member in members}
    assert sum(launched[name] for name in leg.parents) + leg.jobs <= 750
    assert (len(leg.parents), leg.jobs) == (4, 100)


def test_a_large_parent_leaves_small_members():
    leg = following(a_campaign(a_member(1, [1.0], launched=700)), "Bayesian")
    assert (leg.parents, leg.jobs) == (("c-1",), 50)


def test_a_parent_that_leaves_no_useful_room_is_left_out():
    leg = following(a_campaign(a_member(1, [1.0], launched=740)), "Bayesian")
    assert (leg.parents, leg.left_out, leg.jobs) == ((), ("c-1",), 100)
    last = a_campaign(a_member(1, [1.0], launched=740, target=750))
    assert following(last, "Bayesian").parents == ("c-1",)


@pytest.mark.parametrize("strategy", ["Random", "Hyperband"])
def test_what_learns_nothing_is_carried_on_without_parents(strategy):
    leg = following(a_campaign(a_member(1, [1.0], launched=500, target=2000, size=750)), strategy)
    assert (leg.parents, leg.left_out, leg.jobs) == ((), (), 750)


def test_the_last_member_has_only_what_is_missing_and_then_there_is_none():
    members = [a_member(1, [1.0], launched=100, target=130)]
    assert following(a_campaign(*members), "Bayesian").jobs == 30
    members.append(a_member(2, [1.0], launched=30, target=130))
    assert following(a_campaign(*members), "Bayesian") is None


def test_any_sequence_of_members_keeps_the_rules_of_amt():
    campaign = a_campaign(a_member(1, [0.5], launched=37, target=3000, size=125))
    while (leg := following(campaign, "Bayesian", Room())) is not None:
        launched = {member.name: member.launched for member in campaign.members}
        assert len(leg.parents) <= 5
        assert 0 < leg.jobs <= 125
        assert sum(launched[name] for name in leg.parents) + leg.jobs <= 750
        value = [abs((leg.number * 7919) % 97 / 97)] * 3
        made = a_member(leg.number, value, launched=leg.jobs, target=3000, size=125)
        campaign = a_campaign(*campaign.members, made)
    assert campaign.launched == 3000
    assert [member.number for member in campaign.members] == list(range(1, 26))


def test_the_best_of_all_is_the_best_of_any_member_and_of_two_equals_the_earlier():
    members = [a_member(1, [3, 1]), a_member(2, [2, 1]), a_member(3, [None])]
    assert a_campaign(*members).best.name == "c-1-1"
    assert a_campaign(a_member(1, [None])).best is None
