"""What AWS's Price List says of training instances (GetProducts, documented shape).

A product of the service AmazonSageMaker has an ``instanceName`` and, for training, the component
``Training`` (observed: usage type ``USE1-Train:ml.m5.large``).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orchestrator.client.session import Connection


def training_prices(connection: Connection, kinds: Iterable[str]) -> dict[str, float]:
    """Dollars per hour on demand in the connection's region; types without a price are missing.

    Raises:
        Unreachable: The Price List cannot be asked with these credentials.
    """
    found = {}
    with translated(connection):
        for kind in sorted(set(kinds)):
            prices = [usd for product in _products(connection, kind) for usd in _prices(product)]
            if prices:
                found[kind] = max(prices)
    return found


def _products(connection: Connection, kind: str) -> Iterator[Mapping[str, Any]]:
    fields = {"regionCode": connection.region, "instanceName": kind, "component": "Training"}
    query: dict[str, Any] = {
        "ServiceCode": "AmazonSageMaker",
        "Filters": [
            {"Type": "TERM_MATCH", "Field": name, "Value": value} for name, value in fields.items()
        ],
    }
    while True:
        answer = connection.price_list.get_products(**query)
        yield from map(json.loads, answer.get("PriceList", ()))
        if not answer.get("NextToken"):
            return
        query["NextToken"] = answer["NextToken"]


def _prices(product: Mapping[str, Any]) -> Iterator[float]:
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            if dimension.get("unit", "Hrs") == "Hrs" and "USD" in dimension["pricePerUnit"]:
                yield float(dimension["pricePerUnit"]["USD"])
