"""Log lines to observations, through the regular expressions of the metric definitions.

Rules (`MetricDefinitions`; what AWS does not document is our reading):

* A definition is searched in each line, anywhere in it; the first match of a line counts, its
  first group is the value (documented), without a group the whole match. Several definitions
  may match one line.
* The log reaches AWS's matcher with control characters as octal escapes, a tab as ``#011``
  (observed); a line is tried in that form first, then as it was printed.
* A value that is no number is dropped; not-a-number and the infinities are kept. Values are
  float32 (observed), widened.
* The dialect is Python's ``re`` (AWS's is unknown).

An expression that could be slow on a line (`patterns`) is searched by the `regex` package under
a time limit, and given up when it proves slow, so that no expression holds up the engine.
"""

from __future__ import annotations

import math
import re
import struct
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import regex  # type: ignore[import-untyped]

from orchestrator.training.events import Observation
from orchestrator.training.patterns import Shape, shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestrator.training.spec import MetricDefinition

LONGEST_LINE = 64 << 10
"""Characters of a line that are searched."""

SLOW_SECONDS = 0.002
LIMIT_SECONDS = 0.05
SLOW_LINES = 20
"""A search may take LIMIT_SECONDS on a line, and SLOW_SECONDS on all but so many lines."""

_ESCAPES = tuple((chr(code), f"#{code:03o}") for code in range(32) if chr(code) != "\n")
_FLOAT32 = struct.Struct("<f")

_SYNTAX = re.compile(r"\\[A-Za-z]|\[[^\]]*\]|\(\?[^:>)]*[:>)]|\{\d*,?\d*\}|#0\d\d")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = 3
"""Fewer letters than this in an expression's words would be found in any line."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """An expression made ready. `timed` is None when it cannot be used at all."""

    shape: Shape
    quick: re.Pattern[str] | None
    timed: Any
    group: int
    fault: str = ""


class _Search:
    """One definition, and how slow it has been in this log."""

    def __init__(self, definition: MetricDefinition) -> None:
        self.name = definition.name
        self._compiled = _compile(definition.regex)
        self.literal = self._compiled.shape.literal
        self._slow_lines = 0
        self.given_up = ""
        if self._compiled.fault:
            self._give_up(self._compiled.fault)

    def value(self, line: str) -> float | None:
        """The metric's value in `line`."""
        compiled = self._compiled
        if len(line) <= compiled.shape.longest and compiled.quick is not None:
            match = compiled.quick.search(line)
        else:
            match = self._timed(line)
        return None if match is None else number(match[compiled.group])

    def _timed(self, line: str) -> Any:  # noqa: ANN401  (`regex` has no types)
        if self.given_up:
            return None
        search = self._compiled.timed.search
        try:
            return search(line, timeout=SLOW_SECONDS)
        except TimeoutError:
            self._slow_lines += 1
        try:
            match = search(line, timeout=LIMIT_SECONDS)
        except TimeoutError:
            self._give_up(f"it took longer than {LIMIT_SECONDS * 1000:.0f} ms on one line")
            return None
        if self._slow_lines > SLOW_LINES:
            self._give_up(f"it was slow on more than {SLOW_LINES} lines")
        return match

    def _give_up(self, why: str) -> None:
        self.given_up = (
            f"the regular expression of the metric {self.name} is no longer searched for: {why};"
            " write a simpler one"
        )


class MetricReader:
    """Reads the metrics of one training job's logs."""

    def __init__(self, definitions: Sequence[MetricDefinition]) -> None:
        self._searches = [_Search(definition) for definition in definitions]

    @property
    def given_up(self) -> tuple[str, ...]:
        """One sentence for every definition that is no longer searched for, and why."""
        return tuple(search.given_up for search in self._searches if search.given_up)

    def read(self, text: str) -> list[Observation]:
        """The observations in `text`, which is whole lines, in the order of lines."""
        escaped = _escaped(text)
        searches = [
            (search.literal, search)
            for search in self._searches
            if not search.given_up and (search.literal in escaped or search.literal in text)
        ]
        if not searches:
            return []
        lines = _lines(escaped)
        found = []
        for line, raw in zip(lines, lines if escaped is text else _lines(text), strict=True):
            for literal, search in searches:
                value = search.value(line) if literal in line else None
                if value is None and raw != line and literal in raw:
                    value = search.value(raw)
                if value is not None:
                    found.append(Observation(search.name, value))
        return found


def number(text: str | None) -> float | None:
    """The float32 that `text` says, widened; None when it is no number."""
    if text is None or "_" in text:  # Python's own grouping, nobody else's
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    try:
        (rounded,) = _FLOAT32.unpack(_FLOAT32.pack(value))
    except OverflowError:
        return math.copysign(math.inf, value)
    return float(rounded)


def near_misses(definition: MetricDefinition, text: str, limit: int = 3) -> list[str]:
    """The first `limit` lines that say a number and the expression's words, yet give no value.

    For the message about a training that never printed its metric: the words are compared
    without regard to case and to what stands between them.
    """
    words = _WORD.findall(_SYNTAX.sub(" ", definition.regex).casefold())
    if sum(map(len, words)) < _LETTERS:
        return []
    reader = MetricReader([definition])
    found: list[str] = []
    for line in text.split("\n"):
        if len(found) == limit:
            break
        if _says(line.casefold(), words) and not reader.read(line):
            found.append(line)
    return found


def _says(line: str, words: Sequence[str]) -> bool:
    at = 0
    for word in words:
        at = line.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return any(character.isdigit() for character in line) or "nan" in line or "inf" in line


@lru_cache(maxsize=512)
def _compile(expression: str) -> _Compiled:
    """`expression` for both engines; one that only `regex` knows is always timed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what a later Python may read differently
        try:
            timed = regex.compile(expression)
        except (regex.error, RecursionError, OverflowError) as error:
            return _Compiled(Shape(), None, None, 0, f"it cannot be compiled ({error})")
        try:
            quick = re.compile(expression)
        except (re.error, RecursionError, OverflowError):
            return _Compiled(Shape(), None, timed, min(1, timed.groups))
    return _Compiled(shape(expression), quick, timed, min(1, timed.groups))


def _escaped(text: str) -> str:
    """`text` with control characters as the log driver writes them; itself where it has none."""
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return text


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    if len(text) > LONGEST_LINE:
        return [line[:LONGEST_LINE] for line in lines]
    return lines
