"""CloudWatch Logs' filter patterns, as far as they are words.

Documented: every word must be in the message, as it is written; ``"…"`` is a phrase, ``-word``
must not be there, of ``?word`` one is enough, and these count only where nothing else is asked.
Patterns for JSON and columns and expressions between percent signs are refused: ours is a text
log, and a caller's expression could hold up the endpoint.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestrator.wire.faults import InvalidParameterException

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = re.compile(r'(?P<sign>[-?]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"]+))(?:\s+|$)')
_NOT_WORDS = "{[%"


def read(pattern: str) -> Callable[[str], bool]:
    """The test of a message that `pattern` asks for; an empty one is passed by all.

    Raises:
        InvalidParameterException: It cannot be read, or is no pattern of words.
    """
    text = pattern.strip()
    if text[:1] and text[0] in _NOT_WORDS:
        raise InvalidParameterException(
            "The emulator reads filter patterns of words and phrases only, not of JSON, columns "
            "or regular expressions."
        )
    signed = _words(text)
    wanted, unwanted, either = (
        [word for sign, word in signed if sign == kind] for kind in ("", "-", "?")
    )

    def passes(message: str) -> bool:
        if wanted or unwanted:
            return all(word in message for word in wanted) and not any(
                word in message for word in unwanted
            )
        return not either or any(word in message for word in either)

    return passes


def _words(text: str) -> list[tuple[str, str]]:
    """(sign, word) of every word."""
    found, place = [], 0
    while place < len(text):
        match = _WORD.match(text, place)
        if match is None:
            raise InvalidParameterException("Invalid filter pattern")
        phrase = match["phrase"]
        word = match["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        found.append((match["sign"], word))
        place = match.end()
    return found
