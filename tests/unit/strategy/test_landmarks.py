from itertools import pairwise

from orchestrator.strategy.landmarks import last_landmark


def test_landmarks_are_a_fifth_apart_and_the_last_one_holds_until_the_next():
    found = [last_landmark(count, 3) for count in range(3, 1000)]
    lengths = sorted(set(found))
    assert found == sorted(found)
    assert all(length <= count for count, length in enumerate(found, start=3))
    assert [last_landmark(length, 3) for length in lengths] == lengths
    assert all(after == before + 1 or after / before <= 1.2 for before, after in pairwise(lengths))
    assert len(lengths) < 35


def test_there_is_none_before_the_first():
    assert [last_landmark(count, 8) for count in (0, 7, 8, 9)] == [0, 0, 8, 9]
