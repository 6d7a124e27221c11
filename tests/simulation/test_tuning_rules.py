"""Sequences nobody thinks of, fed to one tuning machine.

Safety: the invariants hold after every event. Agreement: machine and test count the same
open asks and live children. Liveness: answer everything, and the job ends. Replay: the same
events in a fresh machine give the same decisions.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orchestrator.training.job import ObjectiveStatus, TrainingStatus
from orchestrator.tuning import events as ev
from orchestrator.tuning.decisions import Ask, Halt, Launch
from orchestrator.tuning.invariants import broken
from orchestrator.tuning.machine import TuningMachine
from orchestrator.tuning.spec import CompletionCriteria
from tests.builders import a_tuning, suggestions

ENDS = [
    (TrainingStatus.COMPLETED, ObjectiveStatus.SUCCEEDED),
    (TrainingStatus.COMPLETED, ObjectiveStatus.FAILED),
    (TrainingStatus.STOPPED, ObjectiveStatus.SUCCEEDED),
    (TrainingStatus.STOPPED, ObjectiveStatus.FAILED),
    (TrainingStatus.FAILED, ObjectiveStatus.FAILED),
]


class Impatient:
    """Stops a child whose value is above 0.8."""

    def reason_to_stop(self, history, trial):
        del history
        return "too high" if trial.values[-1] > 0.8 else None


class TuningRules(RuleBasedStateMachine):
    """The world around one tuning job, in any order."""

    @initialize(
        jobs=st.none() | st.integers(1, 12),
        parallel=st.integers(1, 5),
        goal=st.none() | st.floats(0, 1),
        not_improving=st.none() | st.integers(3, 4),
        seconds=st.none() | st.integers(120, 300),
        lockstep=st.booleans(),
    )
    def create(self, jobs, parallel, goal, not_improving, seconds, lockstep):
        criteria = CompletionCriteria(goal, not_improving)
        self.spec = a_tuning(
            jobs=jobs, parallel=parallel, runtime_seconds=seconds, completion=criteria
        )
        self.machine = TuningMachine(self.spec, stopper=Impatient())
        self.now, self.drawn = 0.0, 0
        self.asks, self.live, self.ended = [], {}, []
        self.told = []
        self.feed(ev.Created(0.0, 1, "process", lockstep))

    def feed(self, event):
        decisions = self.machine.handle(event)
        self.told.append((event, decisions))
        for decision in decisions:
            match decision:
                case Ask(count):
                    self.asks.append(count)
                case Launch(number=number):
                    self.live[number] = 0
                case Halt(number=number):
                    assert number in self.live, "only what lives is halted"

    def tick(self):
        self.now += 1.0
        return self.now

    @precondition(lambda self: self.asks)
    @rule(short=st.booleans(), converged=st.booleans())
    def answer(self, short, converged):
        count = self.asks.pop(0)
        given = max(0, count - 1) if short and self.drawn > 6 else count
        values = [str(self.drawn + index) for index in range(given)]
        self.drawn += given
        self.feed(ev.Proposed(self.tick(), count, suggestions(*values), converged))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), value=st.floats(0, 1))
    def observe(self, data, value):
        number = data.draw(st.sampled_from(sorted(self.live)))
        self.live[number] += 1
        self.feed(ev.Observed(self.tick(), number, self.live[number], value))

    @precondition(lambda self: self.live)
    @rule(data=st.data(), how=st.sampled_from(ENDS), value=st.floats(0, 1), internal=st.booleans())
    def end(self, data, how, value, internal):
        number = data.draw(st.sampled_from(sorted(self.live)))
        del self.live[number]
        self.ended.append(number)
        self.feed(self.an_end(number, how, value, internal=internal))

    def an_end(self, number, how, value, *, internal=False):
        status, objective = how
        value = value if objective is ObjectiveStatus.SUCCEEDED else None
        return ev.ChildEnded(self.tick(), number, status, objective, value, internal)

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def end_again(self, data):
        number = data.draw(st.sampled_from(self.ended))
        before = len(self.told)
        self.feed(self.an_end(number, ENDS[0], 0.0))
        assert self.told[before][1] == [], "a repeated end decides nothing"

    @rule()
    def stop(self):
        self.feed(ev.StopRequested(self.tick()))

    @rule(seconds=st.integers(1, 200))
    def wake(self, seconds):
        self.now += seconds
        self.feed(ev.Woke(self.now))

    @rule()
    def fault(self):
        if self.asks and self.machine.state.asked:
            self.asks.pop()
            self.feed(ev.Faulted(self.tick(), "InternalServerError: broken strategy"))

    @invariant()
    def nothing_is_broken(self):
        if hasattr(self, "machine"):
            assert broken(self.machine) == []

    @invariant()
    def machine_and_world_agree(self):
        if not hasattr(self, "machine"):
            return
        state = self.machine.state
        assert state.live == set(self.live)
        if not self.machine.ended:
            assert state.asked == sum(self.asks)
            assert self.asks or self.live, "a job that has not ended waits for something"

    def teardown(self):
        if not hasattr(self, "machine"):
            return
        for _ in range(1000):
            if self.asks:
                self.answer(short=self.drawn > 40, converged=False)
            elif self.live:
                number = min(self.live)
                del self.live[number]
                self.feed(self.an_end(number, ENDS[0], 0.5))
            else:
                break
        assert self.machine.ended
        assert not self.live
        fresh = TuningMachine(self.spec, stopper=Impatient())
        assert [fresh.handle(event) for event, _ in self.told] == [given for _, given in self.told]


TestTuningRules = TuningRules.TestCase
