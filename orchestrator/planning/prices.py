"""What an instance costs: the user's word, AWS's Price List, or the dated table beside this file.

The table is approximate and says from when it is. Prices are US dollars per instance and hour
of training, on demand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Prices:
    """Dollars per hour by instance type.

    Attributes:
        usd_per_hour: Every price that is known.
        sources: Where they are from, each in one sentence.
        region: Whose prices these are.
    """

    usd_per_hour: Mapping[str, float]
    region: str
    sources: tuple[str, ...] = field(default=())

    def with_stated(self, stated: Mapping[str, float]) -> Prices:
        """These, but for those that the user gives."""
        if not stated:
            return self
        said = f"{', '.join(sorted(stated))}: as given with --price."
        return Prices({**self.usd_per_hour, **stated}, self.region, (said, *self.sources))


def listed(found: Mapping[str, float], region: str) -> Prices:
    """Prices that AWS's Price List has just told."""
    return Prices(found, region, (f"AWS Price List, {region}, just now.",))


def tabled(region: str) -> Prices:
    """The package's own table; a region that it does not have is taken for the dearest it has."""
    table = _table()
    factors = table["factors"]
    factor = factors.get(region, max(factors.values()))
    known = "" if region in factors else f" {region} is not in it: its dearest region is taken."
    said = (
        f"the table in this package, of {table['date']}, approximate, for {region} "
        f"(x{factor:g} of {table['region']}).{known}"
    )
    rates = {kind: round(usd * factor, 4) for kind, usd in table["usd_per_hour"].items()}
    return Prices(rates, region, (said,))


def stated(pairs: Iterable[str]) -> dict[str, float]:
    """``ml.m5.large=0.10`` as numbers.

    Raises:
        BadInput: One is not an instance type, an equals sign and a number of dollars.
    """
    found, faults = {}, []
    for pair in pairs:
        kind, equals, text = pair.partition("=")
        try:
            usd = float(text)
        except ValueError:
            usd = -1.0
        if not (kind and equals and 0 <= usd < float("inf")):
            mend = "Give an instance type and dollars per hour, such as ml.m5.large=0.115."
            faults.append(Fault("--price", "is not a price", pair, mend))
        found[kind] = usd
    if faults:
        raise BadInput(faults)
    return found


@cache
def _table() -> dict[str, Any]:
    text = resources.files("orchestrator.planning").joinpath("prices.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
