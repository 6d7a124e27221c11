"""Requests a second, account by account."""

import pytest

from orchestrator.endpoint.throttle import Throttle
from orchestrator.wire.faults import ThrottlingException


class Watch:
    moment = 100.0

    def now(self):
        return self.moment


def passed(throttle, count, account="1"):
    """How many of `count` requests at one moment pass."""
    allowed = 0
    for _ in range(count):
        try:
            throttle.check(account)
        except ThrottlingException:
            continue
        allowed += 1
    return allowed


@pytest.mark.parametrize(
    ("rate", "at_once", "seconds", "after"),
    [(5.0, 5, 1.0, 5), (5.0, 5, 0.4, 2), (0.5, 1, 1.0, 0), (0.5, 1, 2.0, 1), (5.0, 5, 100.0, 5)],
)
def test_a_seconds_worth_passes_and_comes_back_with_time(rate, at_once, seconds, after):
    watch = Watch()
    throttle = Throttle(rate, watch.now)
    assert passed(throttle, 20) == at_once
    watch.moment += seconds
    assert passed(throttle, 20) == after


def test_an_account_does_not_use_up_anothers():
    throttle = Throttle(2.0, Watch().now)
    assert passed(throttle, 9, "1") == 2
    assert passed(throttle, 9, "2") == 2


def test_a_clock_set_back_gives_nothing():
    watch = Watch()
    throttle = Throttle(1.0, watch.now)
    throttle.check("1")
    watch.moment -= 50.0
    assert passed(throttle, 1) == 0


def test_the_refusal_has_awss_words():
    throttle = Throttle(1.0, Watch().now)
    throttle.check("1")
    with pytest.raises(ThrottlingException, match=r"^ThrottlingException: Rate exceeded$"):
        throttle.check("1")
