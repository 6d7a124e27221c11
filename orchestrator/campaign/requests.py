"""The request of a campaign's next member: the newest one's, carried on."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from orchestrator.campaign.legs import name_of
from orchestrator.campaign.members import marks
from orchestrator.client.tags import written
from orchestrator.formats.described import request_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.campaign.legs import Leg
    from orchestrator.campaign.members import Campaign, Member

Json = dict[str, Any]

OURS = "amt:"
"""Begins the keys of tags that are this program's own."""
_SAME_DATA = ("InputDataConfig", "AlgorithmSpecification")
_IDENTICAL, _TRANSFER = "IdenticalDataAndAlgorithm", "TransferLearning"


def base(member: Member) -> Json:
    """The request that a member was made from."""
    return request_of(member.job)


def request(
    campaign: Campaign, leg: Leg, definition: Mapping[str, Any], tags: Mapping[str, str]
) -> Json:
    """What Create gets for `leg`.

    Args:
        campaign: The campaign so far.
        leg: What comes next.
        definition: The request to carry on, the newest member's or a changed one.
        tags: The newest member's tags; the user's are kept.
    """
    made: Json = copy.deepcopy(dict(definition))
    made["HyperParameterTuningJobName"] = name_of(campaign.name, leg.number)
    config = made["HyperParameterTuningJobConfig"]
    config["ResourceLimits"]["MaxNumberOfTrainingJobs"] = leg.jobs
    if "RandomSeed" in config:  # the same seed would draw the same configurations again
        config["RandomSeed"] += leg.number - campaign.newest.number
    made.pop("WarmStartConfig", None)
    if leg.parents:
        made["WarmStartConfig"] = {
            "ParentHyperParameterTuningJobs": [
                {"HyperParameterTuningJobName": name} for name in leg.parents
            ],
            "WarmStartType": _type(campaign, leg, made),
        }
    kept = {key: value for key, value in tags.items() if not key.startswith(OURS)}
    own = marks(campaign.name, leg.number, campaign.target, campaign.size)
    made["Tags"] = written(kept | own)
    return made


def _type(campaign: Campaign, leg: Leg, made: Json) -> str:
    """Identical, unless a parent had another image or other data (documented)."""
    parents = [member for member in campaign.members if member.name in leg.parents]
    mine = _data(made)
    same = all(_data(base(member)) == mine for member in parents)
    return _IDENTICAL if same else _TRANSFER


def _data(made: Json) -> list[Any]:
    definition = made.get("TrainingJobDefinition") or {}
    inputs, algorithm = (definition.get(key) or {} for key in _SAME_DATA)
    return [inputs, algorithm.get("TrainingImage"), algorithm.get("AlgorithmName")]
