"""Conditions of a policy's statement (documented in the IAM reference)."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Context = Mapping[str, Sequence[str]]
    """Values by key in lower case; a key that a request does not have is not there."""

_VARIABLE = re.compile(r"\$\{(?P<key>[^},]+)(?:,\s*'(?P<default>[^']*)')?\}")
_ESCAPES = {"*": "*", "?": "?", "$": "$"}


def hold(conditions: Mapping[str, Any], context: Context) -> bool:
    """True when every condition holds. An operator that nobody knows never does."""
    return all(
        _holds(operator, key, _listed(wanted), context)
        for operator, block in conditions.items()
        for key, wanted in block.items()
    )


def like(pattern: str, text: str) -> bool:
    """True for a text of a pattern with ``*`` and ``?``."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def filled(text: str, context: Context) -> str:
    """A text with its policy variables (``${aws:username}``) filled in; unknown ones stay."""

    def value(variable: re.Match[str]) -> str:
        key = variable["key"]
        if key in _ESCAPES:
            return _ESCAPES[key]
        found = context.get(key.lower())
        if found:
            return found[0]
        return variable[0] if variable["default"] is None else str(variable["default"])

    return _VARIABLE.sub(value, text)


def _listed(value: Any) -> list[str]:  # noqa: ANN401  (whatever a policy has)
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


def _holds(operator: str, key: str, wanted: list[str], context: Context) -> bool:
    every, some = operator.startswith("ForAllValues:"), operator.startswith("ForAnyValue:")
    name = operator.partition(":")[2] if every or some else operator
    optional, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    found = context.get(key.lower())
    if name == "Null":
        return (found is None) == (wanted == ["true"])
    compare = OPERATORS.get(name)
    if compare is None:
        return False
    if not found:
        # Nothing differs from what is not there (documented for the negated operators).
        return optional or every or "Not" in name
    wanted = [filled(each, context) for each in wanted]
    match = _matches(name, compare)
    quantity = all if every or (not some and "Not" in name) else any
    return quantity(match(each, wanted) for each in found)


def _matches(
    name: str, compare: Callable[[str, str], bool]
) -> Callable[[str, Iterable[str]], bool]:
    negated = "Not" in name

    def match(value: str, wanted: Iterable[str]) -> bool:
        return any(_safely(compare, value, each) for each in wanted) is not negated

    return match


def _safely(compare: Callable[[str, str], bool], value: str, wanted: str) -> bool:
    try:
        return compare(value, wanted)
    except ValueError:
        return False


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _inside(value: str, network: str) -> bool:
    return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)


def _ordered(read: Callable[[str], float]) -> dict[str, Callable[[str, str], bool]]:
    return {
        "Equals": lambda value, wanted: read(value) == read(wanted),
        "NotEquals": lambda value, wanted: read(value) == read(wanted),
        "LessThan": lambda value, wanted: read(value) < read(wanted),
        "LessThanEquals": lambda value, wanted: read(value) <= read(wanted),
        "GreaterThan": lambda value, wanted: read(value) > read(wanted),
        "GreaterThanEquals": lambda value, wanted: read(value) >= read(wanted),
    }


_EXACT: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, wanted: value == wanted,
    "EqualsIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
    "Like": lambda value, wanted: like(wanted, value),
}
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    **{f"String{name}": compare for name, compare in _EXACT.items()},
    **{f"StringNot{name}": compare for name, compare in _EXACT.items()},
    **{f"Arn{sign}{name}": _EXACT["Like"] for sign in ("", "Not") for name in ("Equals", "Like")},
    **{f"Numeric{name}": compare for name, compare in _ordered(float).items()},
    **{f"Date{name}": compare for name, compare in _ordered(_moment).items()},
    "Bool": lambda value, wanted: value.lower() == wanted.lower(),
    "IpAddress": _inside,
    "NotIpAddress": _inside,
}
"""By name; a negated operator compares like its opposite, and `_matches` turns it round."""
