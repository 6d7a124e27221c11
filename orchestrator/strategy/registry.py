"""Strategies by the name a request gives them.

Each is imported when it is made, so that nothing is paid for a search nobody runs. An
installed distribution adds its own with an entry point in the group ``amt.strategies``
whose object takes a `Search` and returns a `Strategy`; AWS's own names cannot be replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from orchestrator.errors import LaunchRefused

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoints

    from orchestrator.strategy.protocol import Search, Stopper, Strategy

GROUP = "amt.strategies"


def make(name: str, search: Search) -> Strategy:
    """The strategy called `name`, for one tuning job.

    Raises:
        LaunchRefused: There is no strategy of that name; the message lists those there are.
        BadInput: The strategy cannot search these ranges.
    """
    if name in _FACTORIES:
        return _FACTORIES[name](search)
    for entry in _installed():
        if entry.name == name:
            return cast("Callable[[Search], Strategy]", entry.load())(search)
    raise LaunchRefused(
        f"Strategy {name} is not supported here. Supported: {', '.join(sorted(supported()))}."
    )


def supported() -> frozenset[str]:
    """Every name that `make` knows."""
    return frozenset(_FACTORIES) | {entry.name for entry in _installed()}


def make_stopper(
    name: str,
    early_stopping: bool,  # noqa: FBT001  (the request's own switch, handed on)
    search: Search,
) -> Stopper | None:
    """What ends running training jobs early: Hyperband's rungs, the median rule, or nothing."""
    if name == "Hyperband":
        from orchestrator.strategy.hyperband import HyperbandStopper  # noqa: PLC0415  (the same)

        return HyperbandStopper(search)
    if early_stopping:
        from orchestrator.strategy.early_stopping import MedianRule  # noqa: PLC0415  (the same)

        return MedianRule(search.definitions[0].direction)
    return None


def _random(search: Search) -> Strategy:
    from orchestrator.strategy.random_search import RandomSearch  # noqa: PLC0415  (see the module)

    return RandomSearch(search)


def _grid(search: Search) -> Strategy:
    from orchestrator.strategy.grid_search import GridSearch  # noqa: PLC0415  (see the module)

    return GridSearch(search)


def _bayesian(search: Search) -> Strategy:
    from orchestrator.strategy.bayesian import BayesianSearch  # noqa: PLC0415  (see the module)

    return BayesianSearch(search)


def _hyperband(search: Search) -> Strategy:
    if not search.guided:
        return _random(search)  # documented: its new configurations are drawn at random
    from orchestrator.strategy.guided_hyperband import GuidedHyperband  # noqa: PLC0415  (the same)

    return GuidedHyperband(search)


def _installed() -> EntryPoints:
    from importlib.metadata import entry_points  # noqa: PLC0415  (slow to import, rarely needed)

    return entry_points(group=GROUP)


_FACTORIES: dict[str, Callable[[Search], Strategy]] = {
    "Bayesian": _bayesian,
    "Random": _random,
    "Grid": _grid,
    "Hyperband": _hyperband,
}
