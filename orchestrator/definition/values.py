"""How single values are written in a job file, and what a request makes of them.

A request knows hyperparameters, range bounds, categories and environment values only as text
and every duration only as seconds. A job file also takes numbers, ``true`` and ``2h``. Each
function here has its opposite, and together they lose nothing: what the opposite cannot give
back exactly stays text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART = re.compile(
    r"(\d+(?:\.\d+)?)\s*"
    r"(?:(d)(?:ays?)?|(h)(?:(?:ou)?rs?)?|(m)(?:in(?:ute)?s?)?|(s)(?:ec(?:ond)?s?)?)(?![a-z])\s*"
)
_DURATION = re.compile(f"(?:{_PART.pattern})+")


def as_text(value: object) -> str:
    """The text a container gets for `value`.

    Text stays as it is, numbers get their shortest exact decimal, ``true`` and ``false`` their
    small letters, lists and mappings become JSON. The toolkits inside the images read all of
    these back with a JSON parser (documented).
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False)


def as_json(value: object) -> str:
    """`value` as JSON, text in quotes: what SageMaker's framework estimators send (observed)."""
    return json.dumps(value)


def from_text(text: str) -> Any:  # noqa: ANN401  (any JSON scalar)
    """The number or truth value that `as_text` prints as exactly `text`, else `text` itself."""
    for parse in (int, float):
        try:
            number = parse(text)
        except ValueError:
            continue
        # "inf" is excluded: a reader of the file could not tell it from the word
        if as_text(number) == text and text.lstrip("-")[:1].isdigit():
            return number
    return {"true": True, "false": False}.get(text, text)


def parse_duration(value: object) -> int:
    """Whole seconds of ``90``, ``"90s"``, ``"15m"``, ``"2h"``, ``"3d"`` or ``"1h 30m"``.

    Raises:
        ValueError: It is none of these.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str) else ""
    if re.fullmatch(r"\d+", text):
        return int(text)
    if not _DURATION.fullmatch(text):
        raise ValueError("is not a duration")
    parts = ((amount, "".join(units)) for amount, *units in _PART.findall(text))
    seconds = sum(float(amount) * _UNITS[unit] for amount, unit in parts)
    if seconds != int(seconds):
        raise ValueError("is not a whole number of seconds")
    return int(seconds)


def print_duration(seconds: int) -> str | int:
    """`seconds` as people write it: ``5400`` is ``"1h 30m"``. What has no such form stays."""
    if seconds <= 0:
        return seconds
    parts = []
    for unit, size in _UNITS.items():
        amount, seconds = divmod(seconds, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return " ".join(parts)


def _squeezed(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


@dataclass(frozen=True, slots=True)
class Choice:
    """A closed set of words: the job file's word for each of the request's.

    The request's own spelling, and any mix of case, hyphen and underscore, is taken too.
    """

    words: Mapping[str, str]

    def parse(self, value: object) -> str:
        """The job file's word for `value`.

        Raises:
            ValueError: It is none of the words.
        """
        if isinstance(value, str):
            for friendly, wire in self.words.items():
                if _squeezed(value) in {_squeezed(friendly), _squeezed(wire)}:
                    return friendly
        raise ValueError("is not one of the allowed words")

    def write(self, friendly: str) -> str:
        """The request's word."""
        return self.words[friendly]

    def read(self, wire: str) -> str:
        """The job file's word for exactly `wire`.

        Raises:
            KeyError: There is none.
        """
        return {value: key for key, value in self.words.items()}[wire]


STRATEGIES = Choice({name: name for name in ("Random", "Grid", "Bayesian", "Hyperband")})
GOALS = Choice({"maximize": "Maximize", "minimize": "Minimize"})
SCALES = Choice(
    {
        "auto": "Auto",
        "linear": "Linear",
        "log": "Logarithmic",
        "reverse_log": "ReverseLogarithmic",
    }
)
EARLY_STOPPING = Choice({"off": "Off", "auto": "Auto"})
WARM_STARTS = Choice({"identical": "IdenticalDataAndAlgorithm", "transfer": "TransferLearning"})
INPUT_MODES = Choice({"File": "File", "FastFile": "FastFile", "Pipe": "Pipe"})
CONTENTS = Choice(
    {
        "prefix": "S3Prefix",
        "manifest": "ManifestFile",
        "augmented_manifest": "AugmentedManifestFile",
        "converse": "Converse",
    }
)
DISTRIBUTIONS = Choice({"replicated": "FullyReplicated", "sharded": "ShardedByS3Key"})
COMPRESSIONS = Choice({"none": "None", "gzip": "Gzip"})
OUTPUT_COMPRESSIONS = Choice({"gzip": "GZIP", "none": "NONE"})
WRAPPERS = Choice({"none": "None", "recordio": "RecordIO"})
ACCESS_MODES = Choice({"rw": "rw", "ro": "ro"})
FILE_SYSTEMS = Choice({"efs": "EFS", "fsx_lustre": "FSxLustre"})
ALLOCATIONS = Choice({"prioritized": "Prioritized"})
ENCODINGS = Choice({"plain": "plain", "json": "json"})
