"""Small pictures of what is kept, for docs/search-figures.md. Needs matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    Line = Sequence[tuple[float, float]]

STYLE = {
    "figure.figsize": (6.4, 3.6),
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "svg.fonttype": "none",
    "svg.hashsalt": "amt",
}
OURS = {"Bayesian", "ours-hyperband", "ours-bayesian-auto", "ours-random-auto", "ours-bayesian"}


def lines(path: Path, drawn: Mapping[str, Line], *, x: str, y: str, **axes: Any) -> None:
    """One line for each name, ours thick, at logarithmic heights."""
    with plt.rc_context(STYLE):
        figure, plot = plt.subplots()
        for name, points in drawn.items():
            width, dashes = (2.4, "-") if name in OURS else (1.1, "--")
            across, up = zip(*points, strict=True)
            plot.plot(across, up, dashes, linewidth=width, label=name)
        plot.set(xlabel=x, ylabel=y, yscale="log", **axes)
        plot.legend(fontsize=7, ncols=2, frameon=False)
        figure.tight_layout()
        figure.savefig(path, metadata={"Date": None, "Creator": None})
        plt.close(figure)
