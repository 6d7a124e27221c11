"""The picture of a running tuning job on a terminal: the only module that imports rich.

One screen: the state bar, the best so far, what runs with its last metric, and the best that
have ended. rich honours NO_COLOR itself.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as ProgressBar
from rich.table import Table
from rich.text import Text

from orchestrator.report import leaderboard
from orchestrator.report.progress import bar, headline, progress
from orchestrator.report.table import duration, number, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from orchestrator.client.watch import Snapshot
    from orchestrator.report.leaderboard import Row
    from orchestrator.report.progress import Progress

_TOP = 5
_RUNNING = 8
_COLOURS = {"=": "green", ">": "cyan", "-": "yellow", "x": "red", ".": "dim"}
_STATUS = {"Completed": "green", "InProgress": "cyan", "Stopped": "yellow", "Failed": "red"}


class LiveView:
    """Draws each snapshot over the one before."""

    def __init__(self, terminal: Console | None = None) -> None:
        self._live = Live(
            console=terminal or Console(file=sys.stderr), auto_refresh=False, transient=False
        )

    def __enter__(self) -> Self:
        """Take the terminal."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last picture where it is."""
        self._live.stop()

    def show(self, snapshot: Snapshot) -> None:
        """Draw how the job stands."""
        self._live.update(picture(snapshot, self._live.console.width), refresh=True)

    def note(self, text: str) -> None:
        """Say something above the picture."""
        self._live.console.print(text, markup=False, highlight=False)


class UploadBar:
    """A bar for what is being sent: bytes, speed, time left. One upload at a time."""

    def __init__(self, terminal: Console | None = None) -> None:
        self._terminal = terminal or Console(file=sys.stderr)
        self._bar: ProgressBar | None = None
        self._task = TaskID(0)

    def begin(self, what: str, size: int) -> None:
        """Say what is sent and begin to draw."""
        self._terminal.print(what, markup=False, highlight=False)
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._bar = ProgressBar(*columns, console=self._terminal, transient=True)
        self._task = self._bar.add_task("", total=size)
        self._bar.start()

    def sent(self, size: int) -> None:
        """Draw so many bytes more."""
        if self._bar is not None:
            self._bar.advance(self._task, size)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def picture(snapshot: Snapshot, width: int) -> RenderableType:
    """The whole screen."""
    rows = leaderboard.rows(snapshot.job, snapshot.children, snapshot.running, snapshot.at)
    at = progress(snapshot.job, rows, snapshot.at)
    running = [row for row in rows if not row.ended]
    parts: list[RenderableType] = [
        Text.assemble((at.name, "bold"), f"  {at.strategy}, {at.parallel} at once"),
        _bar(at, max(10, min(60, width - 4))),
        Text(headline(at)),
        _table(at, running[:_RUNNING], leaderboard.ranked(rows)[:_TOP]),
    ]
    hidden = len(running) - _RUNNING
    parts += [Text(f"and {hidden} more running", "dim")] if hidden > 0 else []
    if not snapshot.ended:
        parts.append(Text("Ctrl-C leaves; it says how to come back.", "dim"))
    return Group(*parts)


def _bar(at: Progress, width: int) -> Text:
    text = Text()
    for sign in bar(at, width):
        text.append(sign, _COLOURS.get(sign))
    return text


def _table(at: Progress, running: Sequence[Row], top: Sequence[Row]) -> Table:
    names = sorted({name for row in (*running, *top) for name in row.tuned})
    metrics = sorted({row.objective.metric for row in (*running, *top)})
    table = Table(box=None, padding=(0, 1), pad_edge=False, header_style="bold")
    table.add_column("training job", no_wrap=True)
    table.add_column("state")
    table.add_column(metrics[0] if len(metrics) == 1 else "objective", justify="right")
    table.add_column("took", justify="right", no_wrap=True)
    for name in names:
        table.add_column(name, overflow="ellipsis")
    for row in (*running, *top):
        best = at.best is not None and row.name == at.best.name
        table.add_row(
            row.name.removeprefix(f"{at.name}-"),
            Text("best" if best else row.status, _STATUS.get(row.status, "")),
            number(row.value),
            duration(row.seconds),
            *(short(row.tuned.get(name, "-")) for name in names),
            style="bold" if best else None,
        )
    return table
