"""What an instance type has."""

import pytest

from orchestrator.training.instance_types import Capacity, capacity, within


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ml.m5.xlarge", (4, 16, 0)),
        ("ml.m4.10xlarge", (40, 160, 0)),
        ("ml.c5.18xlarge", (72, 144, 0)),
        ("ml.c4.8xlarge", (36, 60, 0)),
        ("ml.r5.large", (2, 16, 0)),
        ("ml.t3.medium", (2, 4, 0)),
        ("ml.t3.2xlarge", (8, 32, 0)),
        ("ml.m7i.4xlarge", (16, 64, 0)),
        ("ml.p3.2xlarge", (8, 61, 1)),
        ("ml.p4d.24xlarge", (96, 1152, 8)),
        ("ml.g4dn.xlarge", (4, 16, 1)),
        ("ml.g5.48xlarge", (192, 768, 8)),
        ("ml.g6e.2xlarge", (8, 64, 1)),
        ("ml.trn1.2xlarge", (8, 32, 0)),
        ("ml.unheard-of", (2, 8, 0)),
    ],
)
def test_capacity_of_a_type(name, expected):
    assert capacity(name) == expected


def test_within_takes_no_more_than_the_machine_has():
    assert within(Capacity(4, 16, 1), Capacity(2, 64, 0)) == (2, 16, 0)
