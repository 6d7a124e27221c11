"""Histories of learning curves, written by hand."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.strategy.protocol import Suggestion, Trial, TrialState


class Ledger:
    """A history that grows by curves."""

    def __init__(self):
        self.trials = []
        self.parents = ()

    def run(self, *values, definition=0):
        """A trial that runs and has emitted `values`."""
        number = len(self.trials) + 1
        suggestion = Suggestion((("x", str(number)),), definition)
        self.trials.append(Trial(number, suggestion, values=tuple(values)))
        return self.trials[-1]

    def end(self, *values, state=TrialState.COMPLETED, definition=0):
        """A trial that has emitted `values` and ended."""
        trial = self.run(*values, definition=definition)
        value = values[-1] if values else None
        self.trials[-1] = replace(trial, state=state, value=value)
        return self.trials[-1]

    def emit(self, number, value):
        """One more value of the trial with that number."""
        trial = self.trials[number - 1]
        self.trials[number - 1] = replace(trial, values=(*trial.values, value))
        return self.trials[number - 1]

    def finish(self, number, state=TrialState.COMPLETED):
        trial = self.trials[number - 1]
        self.trials[number - 1] = replace(trial, state=state, value=trial.values[-1])


class Counted(list):
    """A list that counts how often it is read."""

    reads = 0

    def __getitem__(self, index):
        self.reads += 1
        return super().__getitem__(index)
