"""docs/search-figures.md and its pictures, from the runs that are kept."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.searching import curves, results, searchers, show
from benchmarks.searching.comparison import LEAST
from benchmarks.searching.ranking import compared
from benchmarks.searching.runs import MODES, SEEDS, TRIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from benchmarks.searching.runs import Found, Run

DOCS = searchers.ROOT / "docs"
BUDGETED = tuple(product(MODES, show.BUDGETS))
MANY = 12  # tasks: a comparison on so many is worth a table of its own
HEAD = """# Figures of the search

Written by `python benchmarks/search.py page` from the runs kept in `benchmarks/searching/results`;
`python benchmarks/search.py all` does what is missing of them first. What each strategy does:
[search.md](search.md).

Regret is what is missed of the least value there is, divided by what random search misses at
the same number of trials: 1 is as good as random search, 0.1 ten times nearer. Where a task is
noisy, what looks best is judged by its true value. Ranks are within a task and a seed, 1 the
best. Intervals are bootstraps over tasks and their seeds. A comparison has the tasks and seeds that all whom it
names have finished. "async-4" keeps four trials running in virtual time, each as long as chance
has it, the same whoever searches.

Every peer has an environment and a process of its own, one thread, and its defaults:

| peer | how it is run |
|---|---|
| optuna-tpe | multivariate, constant liar (Optuna 5's defaults) |
| optuna-gp | `GPSampler` |
| hyperopt | `tpe.suggest`; what runs counts as of infinite loss |
| smac | the facade for hyperparameters, told of 100 trials, each configuration bought once |
| skopt | `Optimizer`; what runs is told as its own `cl_min` lie |
| syne-cqr, syne-botorch | the two baselines; BoTorch's pairs values wrongly when trials overtake one another, and is run as it ships |
| hebo | `HEBO`; what runs is told as the least value so far, for it knows of none |
| ax | `Client`; it knows what runs |

Logarithmic scales, integers and choices are declared as each library has them; a reverse
logarithm is declared as the logarithm of what is missing to one. A range without a scale is
linear to peers and `Auto` to ours. Nobody is told which task is noisy.
"""


def write() -> None:
    """Write the page and the pictures."""
    sections: tuple[Callable[[], Iterator[str]], ...] = (
        _searches,
        _ablation,
        _schedulers,
        _stopping,
        _warm,
        _latency,
        _memory,
    )
    lines = [HEAD, *(line for section in sections for line in section())]
    (DOCS / "search-figures.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _versions(found: dict[Run, Found], names: Sequence[str]) -> Iterator[str]:
    rows = []
    for name in names:
        own = [(run.mode, each) for run, each in found.items() if run.searcher == name]
        counts = [
            sum(mode == each_mode and each.trials >= trials for each_mode, each in own)
            for mode, trials in BUDGETED
        ]
        rows.append([name, _versions_of(found, [name]), *map(str, counts)])
    head = [f"{mode}, {trials}" for mode, trials in BUDGETED]
    yield f"Runs of {len(LEAST) * SEEDS} in each table:\n"
    yield from show.table(["searcher", "version", *head], rows)


def _searches() -> Iterator[str]:
    everybody = [*searchers.OURS, *searchers.PEERS]
    found = results.read(everybody)
    present = [name for name in everybody if any(run.searcher == name for run in found)]
    yield "## Searches\n"
    yield "`python benchmarks/search.py searches`\n"
    yield from _versions(found, present)
    comparisons = {
        (mode, trials): [
            compared(found, tasks, names, mode=mode, trials=trials)
            for names, tasks in groups(found, present, mode, trials)
        ]
        for mode, trials in BUDGETED
    }
    yield "\n## In short\n"
    yield (
        f"First the peers with {SEEDS} seeds of every task; then those with as many of a part of the "
        "tasks too, on these; then all, on the tasks and seeds that all have.\n"
    )
    yield from show.in_short(comparisons)
    yield "\n## Ours beside each\n"
    yield (
        "On every task and seed that both have finished, four tasks at least. Ahead in: the share "
        "of these in which ours missed less, ties counting half.\n"
    )
    yield from show.pairs(found, LEAST, present[len(searchers.OURS) :], fewest=4)
    yield "\n## Where ours is least ahead of random search\n"
    yield "The mean of every seed that both have; a task that seemed no better got more seeds.\n"
    yield from show.hardest(found, LEAST)
    yield ""
    for (mode, trials), tables in comparisons.items():
        yield f"## {mode}, {trials} trials\n"
        for comparison in tables:
            yield f"### {', '.join(comparison.searchers)}\n"
            yield from show.whole(comparison)
        if tables and trials == TRIALS:
            yield from _progress(found, tables[0].searchers, mode)


def groups(
    found: dict[Run, Found], present: Sequence[str], mode: str, trials: int
) -> list[tuple[tuple[str, ...], dict[str, float]]]:
    """Who are compared with one another, and on which tasks (with the least value of each).

    Those who have all seeds of every task; those who have them of many tasks, on these; and
    whoever has finished every task once.
    """
    done = [run for run, each in found.items() if run.mode == mode and each.trials >= trials]
    counts = Counter((run.searcher, run.task) for run in done)
    apart: list[tuple[tuple[str, ...], dict[str, float]]] = []
    for seeds, fewest in ((SEEDS, len(LEAST)), (SEEDS, MANY), (1, len(LEAST))):
        theirs = {name: {task for task in LEAST if counts[name, task] >= seeds} for name in present}
        names = tuple(name for name in present if len(theirs[name]) >= fewest)
        tasks = {
            task: least
            for task, least in LEAST.items()
            if all(task in theirs[name] for name in names)
        }
        if not {*names} <= {*searchers.OURS} and (names, tasks) not in apart:
            apart.append((names, tasks))
    return apart


def _progress(found: dict[Run, Found], names: Sequence[str], mode: str) -> Iterator[str]:
    from benchmarks.searching import plots

    drawn: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    for trials in range(5, TRIALS + 1, 5):
        table = compared(found, LEAST, names, mode=mode, trials=trials)
        for name, value in zip(names, table.mean_regrets(), strict=True):
            drawn[name].append((trials, float(value)))
    file = f"search-{mode}.svg"
    plots.lines(DOCS / file, drawn, x="trials", y="mean regret (random search = 1)")
    yield f"![Mean regret by trials, {mode}]({file})\n"


def _versions_of(found: dict[Run, Found], names: Sequence[str]) -> str:
    return ", ".join(sorted({each.version for run, each in found.items() if run.searcher in names}))


def _ablation() -> Iterator[str]:
    found = results.read(["Bayesian", *searchers.PARTS, "Random"])
    yield "## Ablation\n"
    yield "`python benchmarks/search.py ablation`\n"
    yield (
        "Ours beside itself without one of its parts, where every task is finished once. Our "
        f"sources: {_versions_of(found, ['Bayesian'])}; {_versions_of(found, searchers.PARTS)} "
        "without a part.\n"
    )
    yield from show.pairs(found, LEAST, searchers.PARTS, fewest=len(LEAST))
    yield "\nRegret of the whole over that without the part, both modes together:\n"
    yield from show.without(found, LEAST, searchers.PARTS)
    yield ""


def _schedulers() -> Iterator[str]:
    names = [*curves.OURS, *curves.PEERS]
    found = results.read(names)
    seeds = {
        name: min(
            sum((run.searcher, run.task) == (name, task) for run in found) for task in curves.TASKS
        )
        for name in names
    }
    present = [name for name in names if seeds[name] > max(seeds.values()) / 2]
    if "ours-random" not in present:  # all is measured by it
        return
    yield "## Many fidelities at equal cost\n"
    ours = _versions_of(found, curves.OURS)
    yield f"`python benchmarks/search.py schedulers`; our sources: {ours}.\n"
    yield (
        f"Four workers, in virtual time, for as long as {curves.BUDGET} full trainings take: the "
        "least value that any epoch of any training has shown, as regret in units of random "
        "search's without stopping, and how many times sooner than that the mean over seeds reached "
        "the value that it ends with. Who has finished half the seeds or fewer is left out. "
        f"`{curves.GUIDED}` has `AMT_HYPERBAND_SEARCH=Bayesian`.\n"
    )
    yield from _equal_cost(found, present)
    yield ""


def _equal_cost(found: dict[Run, Found], names: Sequence[str]) -> Iterator[str]:
    from benchmarks.searching import plots

    cells = set.intersection(
        *({(run.task, run.seed) for run in found if run.searcher == name} for name in names)
    )
    tasks = sorted({task for task, _ in cells})
    rows: dict[str, list[str]] = {name: [name] for name in names}
    regrets: dict[str, list[float]] = {name: [] for name in names}
    for task in tasks:
        own = {
            name: [
                found_of
                for run, found_of in found.items()
                if run.searcher == name and run.task == task and (task, run.seed) in cells
            ]
            for name in names
        }
        least = curves.Curves(task).least()
        unit = np.mean([each.at(curves.END) - least for each in own["ours-random"]])
        target = float(np.mean([each.at(curves.END) for each in own["ours-random"]]))
        slow = curves.reached(own["ours-random"], target + 1e-9)
        for name in names:
            regret = np.mean([each.at(curves.END) - least for each in own[name]]) / unit
            when = curves.reached(own[name], target + 1e-9)
            cheaper = "never" if np.isinf(when) else f"{slow / when:.1f} x"
            rows[name].append(f"{regret:.3f}; {cheaper}")
            regrets[name].append(float(regret))
        drawn = {name: _median_line(own[name], least) for name in names}
        file = f"search-{task}.svg"
        label = "median regret of the least value shown"
        plots.lines(DOCS / file, drawn, x="time (full trainings of mean cost)", y=label)
    yield f"{len(cells) // max(len(tasks), 1)} seeds. Regret; cost saved:\n"
    table = [[*row, f"{np.mean(regrets[name]):.3f}"] for name, row in rows.items()]
    yield from show.table(["scheduler", *tasks, "mean regret"], table)
    yield ""
    yield from (f"![{task}, regret by time](search-{task}.svg)\n" for task in tasks)


def _median_line(found: Sequence[Found], least: float) -> list[tuple[float, float]]:
    times = np.linspace(0.2, curves.END, 50)
    return [
        (float(at), float(np.median([curves.shown(each, at) - least for each in found])) + 1e-6)
        for at in times
    ]


def _stopping() -> Iterator[str]:
    rows = results.rows("stopping")
    if not rows:
        return
    yield "## Early stopping `Auto`\n"
    yield f"`python benchmarks/search.py stopping`; our sources: {results.version('stopping')}.\n"
    yield (
        "The same tuning job of 50 trainings, four at once, without and with it: epochs saved, "
        "and the least last value of a completed training (means over seeds, with the deviation "
        "of the differences).\n"
    )
    found = []
    for task, strategy in dict.fromkeys((row["task"], row["strategy"]) for row in rows):
        own = [row for row in rows if (row["task"], row["strategy"]) == (task, strategy)]
        share = 1 - sum(row["epochs Auto"] for row in own) / sum(row["epochs Off"] for row in own)
        off, auto = (np.array([row[f"best {kind}"] for row in own]) for kind in ("Off", "Auto"))
        deviation = f"{(auto - off).std():.4f}" if len(own) > 1 else ""
        best = [f"{off.mean():.4f}", f"{auto.mean():.4f}", deviation]
        found.append([task, strategy, str(len(own)), f"{100 * share:.0f} %", *best])
    head = ["task", "strategy", "seeds", "epochs saved", "best, off", "best, Auto", "deviation"]
    yield from show.table(head, found)
    yield ""


def _warm() -> Iterator[str]:
    rows = results.rows("warm")
    if not rows:
        return
    yield "## Warm start\n"
    seeds = max(row["seed"] for row in rows) + 1
    command = f"python benchmarks/search.py warm --seeds {seeds}"
    yield f"`{command}`; our sources: {results.version('warm')}.\n"
    yield (
        "One training at a time. Needed: trainings until a job whose parent ran thirty on "
        "identical data is as good as the best of a cold job of thirty (but for 1 % of the way there "
        "from its first value), beside those that the cold one needed: medians; never counts as "
        "sixty. Then the mean regret after ten trainings, cold and with a parent on the opposite "
        "objective, and on how many seeds the latter was better and worse.\n"
    )
    found = []
    for task in dict.fromkeys(row["task"] for row in rows):
        own = [row for row in rows if row["task"] == task]
        needed = [60 if row["needed"] is None else row["needed"] for row in own]
        harm = np.array([row["misled"] - row["cold"] for row in own])
        found.append(
            [
                task,
                str(len(own)),
                f"{np.median([row['first'] for row in own]):.1f}",
                f"{np.median(needed):.1f}",
                *(f"{np.mean([row[kind] for row in own]):.4f}" for kind in ("cold", "misled")),
                f"{(harm < 0).sum()}; {(harm > 0).sum()}",
            ]
        )
    head = ["task", "seeds", "cold needed", "warm needed"]
    head += ["cold at 10", "misled at 10", "better; worse"]
    yield from show.table(head, found)
    yield ""


def _latency() -> Iterator[str]:
    rows = results.rows("latency")
    if not rows:
        return
    from benchmarks.searching import plots

    yield "## Time of a suggestion\n"
    yield f"`python benchmarks/search.py latency`; our sources: {results.version('latency')}.\n"
    yield (
        "Telling a value and asking for the next configuration, ten continuous ranges: median "
        "milliseconds of processor time, one thread.\n"
    )
    took: dict[str, dict[int, float]] = {}
    for row in rows:
        took.setdefault(row["searcher"], {})[row["size"]] = 1000 * row["seconds"]
    sizes = sorted({row["size"] for row in rows})
    cells: list[list[Any]] = [
        [name, *(f"{own[size]:.0f}" if size in own else "" for size in sizes)]
        for name, own in took.items()
    ]
    yield from show.table(["searcher", *map(str, sizes)], cells)
    drawn = {name: sorted(own.items()) for name, own in took.items()}
    plots.lines(
        DOCS / "search-latency.svg",
        drawn,
        x="observations",
        y="milliseconds of a suggestion",
        xscale="log",
    )
    yield "\n![Milliseconds of a suggestion by observations](search-latency.svg)\n"


def _memory() -> Iterator[str]:
    rows = results.rows("memory")
    if not rows:
        return
    yield "## Memory\n"
    yield f"`python benchmarks/search.py memory`; our sources: {results.version('memory')}.\n"
    yield (
        "What the Bayesian search adds to the peak of a process that asks random search, its "
        "libraries included; ten continuous ranges.\n"
    )
    yield from show.table(
        ["observations", "MB"], [[str(row["size"]), f"{row['megabytes']:.1f}"] for row in rows]
    )
