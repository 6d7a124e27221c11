"""What Service Quotas says of SageMaker in this account and region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated

if TYPE_CHECKING:
    from orchestrator.client.session import Connection


def sagemaker(connection: Connection) -> dict[str, float]:
    """Every applied quota of SageMaker by its name.

    Raises:
        Unreachable: Service Quotas cannot be asked with these credentials.
    """
    found: dict[str, float] = {}
    query: dict[str, Any] = {"ServiceCode": "sagemaker", "MaxResults": 100}
    with translated(connection):
        while True:
            answer = connection.service_quotas.list_service_quotas(**query)
            found |= {quota["QuotaName"]: float(quota["Value"]) for quota in answer["Quotas"]}
            if not answer.get("NextToken"):
                return found
            query["NextToken"] = answer["NextToken"]
