from orchestrator.space.ranges import CategoricalRange, ContinuousRange
from orchestrator.strategy.latin_hypercube import rows

SPACE = (ContinuousRange("x", 0.0, 1.0), CategoricalRange("kind", ("a", "b")))


def test_each_part_of_each_range_has_one_row():
    table = rows(SPACE, 10, 1, "test")
    assert sorted(int(float(row[0][1]) * 10) for row in table) == list(range(10))
    assert [row[1][1] for row in table].count("a") == 5


def test_seed_and_purpose_decide_the_rows():
    assert rows(SPACE, 5, 1, "test") == rows(SPACE, 5, 1, "test")
    assert rows(SPACE, 5, 1, "test") != rows(SPACE, 5, 2, "test")
    assert rows(SPACE, 5, 1, "test") != rows(SPACE, 5, 1, "other")


def test_one_row_is_allowed():
    assert len(rows(SPACE, 1, 1, "test")) == 1
