"""The simulated runtime keeps the contract, in virtual time."""

import threading

import pytest

from orchestrator.clock import VirtualClock
from orchestrator.errors import LaunchRefused
from orchestrator.runtime.protocol import Launch, Printed
from orchestrator.runtime.simulated import Fate, SimulatedRuntime
from tests.contracts.runtime_contract import RuntimeContract, a_spec

EVER = 1e9
VALUES = {
    "three lines": [(1.0, 0), (1.0, 1), (1.0, 2)],
    "fails": [(1.0, 0)],
    "saves when told to stop": [(1.0, 0), (EVER, 1)],
    "deaf": [(1.0, 0), (EVER, 1)],
}
FATES = {
    "three lines": Fate(),
    "fails": Fate(code=3, failure="the data is bad"),
    "saves when told to stop": Fate(code_when_signalled=0),
    "deaf": Fate(code_when_signalled=None),
}


def script_of(launch):
    return dict(launch.spec.hyperparameters)["script"]


class SimulatedBench:
    def __init__(self):
        self.clock = VirtualClock()
        self.runtime = SimulatedRuntime(
            lambda hyperparameters: VALUES[hyperparameters["script"]],
            self.clock,
            say=lambda _spec, value: f"line {value}",
            fate=lambda launch: FATES[script_of(launch)],
        )

    def launch(self, script, *, name="job", hosts=1, attempt=1):
        return Launch(a_spec(name, hosts, hyperparameters=(("script", script),)), attempt)

    def restart(self):
        """The simulation is what outlives the engine."""

    def leftovers(self, launch):
        return list(self.runtime._jobs.get(launch.key, ()))

    def wait(self, when, wake):
        self.clock.wait_until(when, wake)


class TestSimulatedRuntime(RuntimeContract):
    @pytest.fixture
    def bench(self):
        return SimulatedBench()

    def test_emissions_come_at_their_virtual_moments(self, bench):
        start = bench.clock.now()
        bench.runtime.start(bench.launch("three lines"))
        moments = []
        while (due := bench.runtime.due()) is not None:
            bench.clock.wait_until(due, threading.Event())
            moments += [
                bench.clock.now() - start for s in bench.runtime.poll() if isinstance(s, Printed)
            ]
        assert moments == [1.0, 2.0, 3.0]

    def test_a_fate_can_refuse_and_cut_short(self, bench):
        refusing = SimulatedRuntime(
            lambda _: [], bench.clock, fate=lambda _: Fate(refused="no capacity")
        )
        launch = bench.launch("three lines")
        with pytest.raises(LaunchRefused, match="no capacity"):
            refusing.start(launch)
        short = SimulatedRuntime(
            lambda _: [(0.0, 0.5)] * 9, bench.clock, fate=lambda _: Fate(code=1, emissions=2)
        )
        short.start(launch)
        printed, exited = short.poll()
        assert (printed.text, exited.code) == ("objective=0.5\n" * 2, 1)
