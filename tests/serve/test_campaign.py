"""A campaign at a server is the campaign on this machine."""

import pytest

from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
from tests.cli.test_campaign import Desk


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture
def url(desk):
    objective = f"{desk.folder / 'objective.py'}:objective"
    settings = Settings(desk.folder / "served", objective=objective, lockstep=True)
    served = Served(settings, "simulated", Listening(port=0))
    served.start()
    yield served.url
    served.close()


@pytest.mark.timeout(180)
def test_a_campaign_at_a_server_tries_what_one_on_this_machine_tries(desk, url):
    told = []
    for on in ("local", url):
        desk.amt("run", str(desk.file), "--on", on)
        desk.amt("extend", "tune", "--to", "16", "--on", on)
        told.append(desk.answer("campaign", "tune", "--limit", "100", "--on", on))
    here, there = told
    assert [member["launched"] for member in there["members"]] == [8, 8]
    for one, other in zip(here["leaderboard"], there["leaderboard"], strict=True):
        assert one["hyperparameters"] == other["hyperparameters"]
        assert one["value"] == other["value"]
