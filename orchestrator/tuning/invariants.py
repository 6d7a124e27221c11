"""What must hold of a tuning job at every moment, as a function that names what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.tuning.job import TERMINAL, TuningStatus

if TYPE_CHECKING:
    from orchestrator.tuning.machine import TuningMachine


def broken(machine: TuningMachine) -> list[str]:
    """Names of the invariants that do not hold; empty when all is well."""
    state, limits = machine.state, machine.spec.limits
    launched = len(state.children)
    most = launched if limits.training_jobs is None else limits.training_jobs
    ended = launched - len(state.live)
    counters, objectives = state.training_counters, state.objective_counters
    checks = {
        "no more run than may": len(state.live) <= limits.parallel,
        "no more are launched than asked for": launched <= most,
        "children and trials are the same": len(state.trials) == launched,
        "names are unique": len({child.name for child in state.children}) == launched,
        "no configuration is trained twice": (
            len({trial.suggestion for trial in state.trials}) == launched
        ),
        "an ask never exceeds the room": 0 <= state.asked <= limits.parallel,
        "training counters add up": sum(counters.values()) == launched,
        "objective counters add up": sum(objectives.values()) == launched,
        "what is in progress is live": counters.get("InProgress", 0) == len(state.live),
        "what has ended has an end": sum(child.ended is not None for child in state.children)
        == ended,
        "nothing is left after the end": state.status not in TERMINAL
        or not (state.live or state.asked),
        "a failed job says why": state.status is not TuningStatus.FAILED
        or bool(state.failure_reason),
        "a completed job says why": (
            state.status is not TuningStatus.COMPLETED or state.completion is not None
        ),
        "the best has a value": state.best is None
        or state.trials[state.best - 1].value is not None,
    }
    return [name for name, holds in checks.items() if not holds]
