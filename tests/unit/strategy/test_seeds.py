import pytest

from orchestrator.strategy.seeds import Stream


def test_the_same_key_gives_the_same_row_on_every_machine():
    """The numbers are written down: a change of them would change users' searches."""
    stream = Stream(42, "test", 7)
    assert [stream.word() for _ in range(9)] == WORDS


@pytest.mark.parametrize("other", [(43, "test", 7), (42, "tests", 7), (42, "test", 8)])
def test_seed_purpose_and_number_each_make_another_row(other):
    first, second = Stream(42, "test", 7), Stream(*other)
    assert not {first.word() for _ in range(20)} & {second.word() for _ in range(20)}


def test_fractions_fill_the_half_open_interval_evenly():
    stream = Stream(1, "test")
    drawn = [stream.fraction() for _ in range(10_000)]
    assert 0.0 <= min(drawn) < max(drawn) < 1.0
    tenths = [sum(int(value * 10) == tenth for value in drawn) for tenth in range(10)]
    assert min(tenths) > 850
    assert max(tenths) < 1150


def test_whole_numbers_below_a_limit_are_all_drawn():
    stream = Stream(1, "test")
    counts = [0] * 7
    for _ in range(7000):
        counts[stream.below(7)] += 1
    assert min(counts) > 850


def test_shuffling_keeps_the_items_and_reaches_every_order():
    orders = {tuple(Stream(seed, "test").shuffled("abc")) for seed in range(100)}
    assert len(orders) == 6
    assert all(sorted(order) == ["a", "b", "c"] for order in orders)


WORDS = [
    12010778821542521224,
    11285768349820912354,
    10188580641368325116,
    3655264740611748525,
    6332666207050420628,
    12960400798160907298,
    1027878424468893930,
    11718177688573785424,
    10033017970962821665,
]
