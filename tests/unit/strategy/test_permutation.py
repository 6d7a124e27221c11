import pytest

from orchestrator.strategy.permutation import Permutation, weighted_order


@pytest.mark.parametrize("size", [1, 2, 3, 100, 1024, 1025, 4096, 5000])
def test_every_number_comes_exactly_once(size):
    order = Permutation(3, "test", size)
    assert sorted(order[position] for position in range(size)) == list(range(size))


def test_another_seed_is_another_order():
    orders = [[Permutation(seed, "test", 5000)[k] for k in range(20)] for seed in range(2)]
    assert orders[0] != orders[1]


@pytest.mark.parametrize("size", [10**6, 2**64 + 1, 30**30, 2**1900])
def test_huge_sizes_are_spread_evenly_and_not_repeated(size):
    order = Permutation(3, "test", size)
    drawn = [order[position] for position in range(2000)]
    assert len(set(drawn)) == 2000
    tenths = [sum(number * 10 // size == tenth for number in drawn) for tenth in range(10)]
    assert min(tenths) > 140
    assert max(tenths) < 260


def test_a_weighted_order_has_each_index_once_and_the_heavy_ones_first():
    firsts = [weighted_order(seed, "test", [1.0, 2.0, 7.0])[0] for seed in range(2000)]
    assert sorted(weighted_order(1, "test", [1.0, 2.0, 7.0])) == [0, 1, 2]
    assert [firsts.count(index) / 2000 for index in range(3)] == pytest.approx(
        [0.1, 0.2, 0.7], abs=0.04
    )
