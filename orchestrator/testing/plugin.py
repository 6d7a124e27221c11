"""The pytest plugin: the fixture `amt`, an endpoint of its own for every test.

While a test has it, AWS's clients that are not told another endpoint go there: its address and
credentials stand in the environment. State is gone after the test, moto's too.

* By default training scripts run as processes of this machine's Python.
* ``@pytest.mark.amt(objective=function)`` simulates training in virtual time: the function
  takes the hyperparameters (texts, by name) and gives the objective metric.
* ``@pytest.mark.amt(runtime="docker")`` takes another runtime.

Loaded in every test run of an environment it is installed in, so it imports nothing dear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orchestrator.testing.endpoint import Endpoint

MARK = "amt(objective=None, runtime='process'): how the endpoint of the fixture `amt` trains"
GRACE_SECONDS = 2.0
OVERRIDING = (
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SAGEMAKER",
    "AWS_SESSION_TOKEN",
)
"""Variables of the user's own that would lead elsewhere."""


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark."""
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def amt(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Endpoint]:
    """An endpoint that answers for AWS, with nothing in it."""
    from orchestrator.serving import Listening, Served  # noqa: PLC0415  (see the docstring)
    from orchestrator.settings import Settings  # noqa: PLC0415
    from orchestrator.testing.endpoint import Endpoint  # noqa: PLC0415
    from orchestrator.testing.objectives import timed  # noqa: PLC0415

    objective, runtime = _wanted(request.node.get_closest_marker("amt"))
    settings = Settings(tmp_path_factory.mktemp("amt") / "state", grace_seconds=GRACE_SECONDS)
    served = Served(
        settings, runtime, Listening(port=0, reset=True), objective=objective and timed(objective)
    )
    for name in OVERRIDING:
        monkeypatch.delenv(name, raising=False)
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    served.start()
    endpoint = Endpoint(served.url, served.environment, served.bucket)
    try:
        yield endpoint
    finally:
        endpoint.close()
        served.reset()
        served.close()


def _wanted(mark: pytest.Mark | None) -> tuple[Any, str]:
    """The objective and the runtime that a mark asks for."""
    wanted = {} if mark is None else dict(mark.kwargs)
    objective = wanted.pop("objective", None)
    runtime = wanted.pop("runtime", "process" if objective is None else "simulated")
    if wanted or (mark is not None and mark.args):
        raise pytest.UsageError(f"The mark is {MARK}.")
    return objective, runtime
