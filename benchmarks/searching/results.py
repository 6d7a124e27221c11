"""Finished runs, kept with the code: one file for each searcher, one line for each run.

A run that stands here is not done again, unless it is of another version.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.searching.runs import Found, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FOLDER = Path(__file__).parent / "results"


def read(searchers: Iterable[str]) -> dict[Run, Found]:
    """Every finished run of these searchers; of a run done twice the later."""
    found: dict[Run, Found] = {}
    for searcher in searchers:
        path = _file(searcher)
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
        for line in map(json.loads, lines):
            run = Run(searcher, line["task"], line["mode"], line["seed"])
            incumbents = tuple((float(at), float(value)) for at, value in line["best"])
            found[run] = Found(line["version"], line["trials"], incumbents, line["seconds"])
    return found


def append(run: Run, found: Found) -> None:
    """Keep a finished run."""
    FOLDER.mkdir(exist_ok=True)
    with (_file(run.searcher)).open("a", encoding="utf-8") as file:
        file.write(_line(run, found))


def keep(searcher: str, version: str) -> None:
    """Drop the runs of another version of a searcher."""
    kept = [
        _line(run, found) for run, found in read([searcher]).items() if found.version == version
    ]
    (_file(searcher)).write_text("".join(kept), encoding="utf-8")


def keep_rows(study: str, version: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep the figures of a smaller study, in place of what it found before."""
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    text = f'{{"version":"{version}","rows":[\n{lines}\n]}}\n'
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{study}.json").write_text(text, encoding="utf-8")


def version(study: str) -> str:
    """That of our sources when a smaller study was done; empty where it was not."""
    path = FOLDER / f"{study}.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["version"]) if path.exists() else ""


def rows(study: str) -> list[dict[str, Any]]:
    """The figures of a smaller study; none where it was not done."""
    path = FOLDER / f"{study}.json"
    return json.loads(path.read_text(encoding="utf-8"))["rows"] if path.exists() else []


def _file(searcher: str) -> Path:
    return FOLDER / f"{searcher.replace(', ', '-').replace(' ', '-')}.jsonl"


def _line(run: Run, found: Found) -> str:
    line = {
        "task": run.task,
        "mode": run.mode,
        "seed": run.seed,
        "version": found.version,
        "trials": found.trials,
        "seconds": round(found.seconds, 2),
        "best": [[at, float(f"{value:.6g}")] for at, value in found.incumbents],
    }
    return json.dumps(line, separators=(",", ":")) + "\n"
