import numpy as np

from orchestrator.strategy.subset import subset


def test_a_subset_holds_the_best_quarter_and_is_always_the_same():
    targets = np.random.default_rng(1).random(40)
    kept = subset(targets, 20, 0, "test").tolist()
    assert kept == sorted(set(kept))
    assert len(kept) == 20
    assert set(np.argsort(targets)[:5].tolist()) <= set(kept)
    assert kept == subset(targets, 20, 0, "test").tolist()
    assert kept != subset(targets, 20, 1, "test").tolist()


def test_few_enough_are_all_kept():
    assert subset(np.zeros(20), 20, 0, "test").tolist() == list(range(20))
