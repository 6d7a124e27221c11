from orchestrator.space.ranges import CategoricalRange, ContinuousRange, IntegerRange, Scaling
from orchestrator.strategy.latin_hypercube import rows

SPACE = (ContinuousRange("x", 0.0, 1.0), CategoricalRange("kind", ("a", "b")))


def test_each_part_of_each_range_has_at_most_one_row_besides_the_middle():
    table = rows(SPACE, 10, 1, "test")
    others = {int(float(row[0][1]) * 10) for row in table[1:]}
    assert len(others) == len(table) - 1
    assert others <= set(range(10))
    assert [row[1][1] for row in table].count("a") == 5


def test_the_middle_of_every_number_on_its_scale_comes_first():
    space = (
        ContinuousRange("share", 0.0, 1.0),
        ContinuousRange("rate", 1e-4, 1.0, Scaling.LOGARITHMIC),
        IntegerRange("depth", 1, 9),
        CategoricalRange("kind", ("a", "b")),
    )
    for seed in range(5):
        first = dict(rows(space, 6, seed, "test")[0])
        assert float(first["share"]) == 0.5
        assert round(float(first["rate"]), 9) == 0.01
        assert first["depth"] == "5"
        assert first["kind"] in {"a", "b"}


def test_seed_and_purpose_decide_the_rows():
    assert rows(SPACE, 5, 1, "test") == rows(SPACE, 5, 1, "test")
    assert rows(SPACE, 5, 1, "test") != rows(SPACE, 5, 2, "test")
    assert rows(SPACE, 5, 1, "test") != rows(SPACE, 5, 1, "other")


def test_one_row_is_allowed():
    assert len(rows(SPACE, 1, 1, "test")) == 1
