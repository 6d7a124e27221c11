"""What can be known of a regular expression before it is used: read here, not run.

Two questions. Which text must a line contain to match at all (`Shape.literal`)? Up to which
length of line is a backtracking search surely quick (`Shape.longest`)? Both answers err on the
safe side: no literal, no length. Only expressions that `re` accepts are read.

The count of steps behind `longest`: a search begins at any of n places, and each loop without
an end multiplies the ways to go on by up to n, so there are about ``n^(loops+1)/(loops+1)!``
ways, times the finite choices (``?``, ``|``, ``{2,5}``). A loop with nothing behind it is free:
it cannot fail. A loop around another choice, a backreference or a look-around has no such bound.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

STEPS = 1_000_000
"""Steps that count as quick: two to twenty milliseconds of `re`, on a line made to be slow."""

MOST_LOOPS = 20
"""More endless loops than this are quick on no line worth the name."""

_COUNTED = re.compile(r"\{(\d*)(?:(,)(\d*))?\}")
_FLAGS = re.compile(r"\?([aiLmsux]*)(?:-[imsx]+)?([:)])")
_NAMED = re.compile(r"\?P<\w+>")
_LOOKS = ("?=", "?!", "?<=", "?<!", "?>")
_CLASS_ESCAPES = "dDwWsStnrfva"
_ANCHOR_ESCAPES = "bBAZ"
_ZERO_WIDTH = "^$"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of an expression.

    Attributes:
        literal: A text that every match contains; empty when none is known.
        longest: A line of up to so many characters is searched in STEPS at most.
    """

    literal: str = ""
    longest: int = 0


@dataclass(slots=True)
class _Part:
    """A piece of an expression.

    Attributes:
        literal: A text in every match.
        loops: Its loops without an end that something follows.
        tail: The same at its end: loops once something follows.
        choices: How many ways its finite choices leave.
    """

    literal: str = ""
    loops: float = 0
    tail: float = 0
    choices: float = 1

    def then(self, other: _Part) -> None:
        """Have `other` follow."""
        self.literal = max(self.literal, other.literal, key=len)
        self.loops += self.tail + other.loops
        self.tail = other.tail
        self.choices *= other.choices


class _Unsure(Exception):
    """Something that is not understood here."""


@lru_cache(maxsize=512)
def shape(regex: str) -> Shape:
    """What is known of `regex`, which `re` accepts."""
    reader = _Reader(regex)
    try:
        part = reader.alternatives()
    except (_Unsure, RecursionError):
        return Shape()
    return Shape("" if reader.ignores_case else part.literal, _longest(part))


def _longest(part: _Part) -> int:
    if part.loops > MOST_LOOPS or math.isinf(part.choices):
        return 0
    power = part.loops + 1
    return int((STEPS * math.gamma(power + 1) / part.choices) ** (1 / power))


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, regex: str) -> None:
        self._regex = regex
        self._at = 0
        self.ignores_case = False

    def alternatives(self) -> _Part:
        """Everything up to the end of the group or expression."""
        whole = self._sequence()
        while self._take("|"):
            other = self._sequence()
            whole = _Part(
                loops=max(whole.loops, other.loops),
                tail=max(whole.tail, other.tail),
                choices=whole.choices + other.choices,
            )
        return whole

    def _sequence(self) -> _Part:
        whole, run = _Part(), ""
        while self._at < len(self._regex) and self._regex[self._at] not in "|)":
            character, part = self._atom()
            low, high = self._count()
            if character and (low, high) == (1, 1):
                run += character
                continue
            if run:
                whole.then(_Part(run))
                run = ""
            whole.then(_repeated(part, low, high))
        if run:
            whole.then(_Part(run))
        return whole

    def _atom(self) -> tuple[str, _Part]:
        """The next atom: the character it stands for, if it is one, or else what it is."""
        character = self._regex[self._at]
        self._at += 1
        if character == "(":
            return "", self._group()
        if character == "[":
            self._skip_class()
        elif character == "\\":
            return self._escape()
        elif character == "{":
            raise _Unsure  # text for `re`, perhaps not for `regex`
        elif character not in "." + _ZERO_WIDTH:
            return character, _Part(character)
        return "", _Part()

    def _escape(self) -> tuple[str, _Part]:
        character = self._regex[self._at]
        self._at += 1
        if not character.isalnum():
            return character, _Part(character)
        if character in _CLASS_ESCAPES + _ANCHOR_ESCAPES:
            return "", _Part()
        if character in "123456789":
            return "", _Part(loops=math.inf)
        raise _Unsure

    def _skip_class(self) -> None:
        self._take("^")
        self._take("]")
        while self._regex[self._at] != "]":
            self._at += 2 if self._regex[self._at] == "\\" else 1
        self._at += 1

    def _group(self) -> _Part:
        look = next((each for each in _LOOKS if self._regex.startswith(each, self._at)), None)
        if look is not None:
            self._at += len(look)
        elif self._regex.startswith("?", self._at) and self._opened_nothing():
            return _Part()
        part = self.alternatives()
        self._at += 1
        return part if look is None else _Part(loops=math.inf)

    def _opened_nothing(self) -> bool:
        """Pass the head of a special group; True when it was a setting and nothing more."""
        if named := _NAMED.match(self._regex, self._at):
            self._at = named.end()
            return False
        flags = _FLAGS.match(self._regex, self._at)
        if flags is None or "x" in flags[1]:
            raise _Unsure
        self._at = flags.end()
        self.ignores_case |= "i" in flags[1]
        return flags[2] == ")"

    def _count(self) -> tuple[int, float]:
        """How often the atom just read is repeated."""
        counted = _COUNTED.match(self._regex, self._at)
        if self._take("*"):
            low, high = 0, math.inf
        elif self._take("+"):
            low, high = 1, math.inf
        elif self._take("?"):
            low, high = 0, 1.0
        elif counted and (counted[1] or counted[3]):
            self._at = counted.end()
            low = int(counted[1] or 0)
            high = float(counted[3] or math.inf) if counted[2] else float(low)
        else:
            return 1, 1
        if self._take("+"):
            raise _Unsure  # possessive
        self._take("?")
        return low, high

    def _take(self, character: str) -> bool:
        taken = self._regex.startswith(character, self._at)
        self._at += taken
        return taken


def _repeated(part: _Part, low: int, high: float) -> _Part:
    """`part`, `low` to `high` times."""
    if (low, high) == (1, 1):
        return part
    if high <= 1:
        return _Part(loops=part.loops, tail=part.tail, choices=part.choices + 1)
    if part.loops or part.tail or part.choices > 1:
        return _Part(loops=math.inf)
    if math.isinf(high):
        return _Part(tail=1)
    return _Part(choices=high - low + 1)
