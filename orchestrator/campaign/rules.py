"""What a definition must keep so that its campaign can be carried on.

A new member starts from the results of earlier ones, so AMT's rules of a warm start hold (amt
asks no endpoint for them, and names what is wrong where AWS only says that something is):

* one training-job definition, and a strategy that knows a warm start or learns nothing;
* the objective stays;
* the set of names, static and searched together, stays (observed); so does the kind of each
  searched one (documented);
* of the definition only certain members may change (observed);
* at most ten changes of static values, where a value that changes counts twice, the old and the
  new one, and a categorical range that becomes static counts its values (documented).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.definition.defaults import LEARNING
from orchestrator.endpoint.parents import CHANGEABLE
from orchestrator.errors import Fault
from orchestrator.wire.rules import reading
from orchestrator.wire.rules.ranges import CATEGORICAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orchestrator.wire.rules.reading import Part, TuningRequest

MOST_CHANGES = 10
_CARRIED = LEARNING | {"Random", "Hyperband"}
_CODE = "sagemaker_submit_directory"  # another archive of the script is no hyperparameter changed
_EMPTY: tuple[object, ...] = (None, False, {}, [])


def faults(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Fault]:
    """What keeps the request `after` from carrying on the search of the request `before`."""
    old, new = reading.TuningRequest(before), reading.TuningRequest(after)
    found = [*_kind(new)]
    if found or old.several or new.several:
        return found
    (was,), (now,) = old.parts(), new.parts()
    return [*_objective(was, now), *_names(was, now), *_definition(was, now), *_statics(was, now)]


def _kind(job: TuningRequest) -> Iterator[Fault]:
    if job.strategy not in _CARRIED:
        mend = f"Choose one of {', '.join(sorted(_CARRIED))}."
        if job.strategy == "Grid":
            mend = "A grid is one job of every combination; choose Random or Bayesian."
        yield Fault("strategy", "cannot be carried on over several jobs", job.strategy, mend)
    elif job.several and job.strategy in LEARNING:
        mend = "Give one training, or choose Random."
        yield Fault("definitions", "a warm start takes a single definition", None, mend)


def _objective(was: Part, now: Part) -> Iterator[Fault]:
    for key, word in (("MetricName", "metric"), ("Type", "goal")):
        if was.objective.get(key) != now.objective.get(key):
            mend = f"It was {was.objective.get(key)}, and must stay so."
            problem = "must be that of the campaign"
            yield Fault(f"objective.{word}", problem, str(now.objective.get(key)), mend)


def _names(was: Part, now: Part) -> Iterator[Fault]:
    old, new = was.names() | set(was.static), now.names() | set(now.static)
    for name in sorted(new - old):
        mend = (
            "Remove it, or begin another campaign: the set of names, static and searched, is fixed."
        )
        yield Fault(f"hyperparameters.{name}", "is new to the campaign", None, mend)
    for name in sorted(old - new):
        mend = "Keep it, static or searched: the set of names is fixed."
        yield Fault(f"hyperparameters.{name}", "is missing", None, mend)
    kinds = {each.name: each.kind for each in was.ranges()}
    for each in now.ranges():
        if each.name in kinds and kinds[each.name] != each.kind:
            mend = f"Keep it among the {kinds[each.name]}."
            yield Fault(f"ranges.{each.name}", "is another kind of range now", each.kind, mend)


def _definition(was: Part, now: Part) -> Iterator[Fault]:
    may = {name[0].upper() + name[1:] for name in CHANGEABLE}
    for key in sorted({*was.written, *now.written} - may):
        old, new = was.written.get(key), now.written.get(key)
        if old != new and not (old in _EMPTY and new in _EMPTY):
            mend = f"Keep it as it was: only {', '.join(sorted(may))} may change."
            yield Fault(f"TrainingJobDefinition.{key}", "may not change in a campaign", None, mend)


def _statics(was: Part, now: Part) -> Iterator[Fault]:
    values = {each.name: each for each in was.ranges()}
    count = 0
    for name, value in now.static.items():
        if name in values:
            listed = reading.sequence(values[name].written.get("Values"))
            count += len(listed) if values[name].kind == CATEGORICAL else 1
        elif name != _CODE and name in was.static and was.static[name] != value:
            count += 2
    if count > MOST_CHANGES:
        problem = f"have {count} changes, and a warm start takes {MOST_CHANGES}"
        mend = "Change fewer static values (each counts twice) or begin another campaign."
        yield Fault("hyperparameters", problem, None, mend)
