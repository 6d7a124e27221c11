"""What names and ARNs look like.

An ARN carries the name in lower case (observed), so names are unique without regard to case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TUNING_RESOURCE = "hyper-parameter-tuning-job"

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):sagemaker:(?P<region>[a-z0-9-]*):(?P<account>\d{12}):"
    r"(?P<resource>[a-z-]+)/(?P<name>.+)"
)


@dataclass(frozen=True, slots=True)
class Arn:
    """A SageMaker ARN in its parts."""

    partition: str
    region: str
    account: str
    resource: str
    name: str

    def __str__(self) -> str:
        return (
            f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:"
            f"{self.resource}/{self.name}"
        )


def parse_arn(text: str) -> Arn | None:
    """The parts of a SageMaker ARN; None when it is not one."""
    found = _ARN.fullmatch(text)
    return Arn(**found.groupdict()) if found else None


def partition(region: str) -> str:
    """The partition a region belongs to: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
