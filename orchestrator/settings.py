"""The environment, read once. Nobody else looks at ``os.environ``.

AWS's own variables are left to boto3, except the region and the account that the emulator
answers for.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says.

    Attributes:
        home: The state folder (``AMT_HOME``, default ``./.amt``).
        runtime: ``auto``, ``docker``, ``process``, ``simulated`` or ``sagemaker`` (``AMT_RUNTIME``).
        target: Where commands go: ``local``, ``aws`` or a URL (``AMT_ON``).
        s3: ``local``, ``aws`` or an endpoint URL (``AMT_S3``).
        account: The emulator's account id (``AMT_ACCOUNT``).
        region: The emulator's region (``AWS_REGION``, ``AWS_DEFAULT_REGION``).
        aws_region: The same for AWS, where the profile may say it instead: None.
        grace_seconds: Between SIGTERM and SIGKILL (``AMT_GRACE_SECONDS``; AWS gives 120).
        objective: ``file.py:function`` of a simulation (``AMT_OBJECTIVE``), or None.
        images: This machine's images for training images, ``training=local`` pairs separated
            by commas (``AMT_IMAGE_MAP``).
        docker_host: Docker's own ``DOCKER_HOST``, or None.
        lockstep: New tuning jobs run in waves, the same from run to run (``AMT_LOCKSTEP``).
        hyperband_search: Where Hyperband's configurations come from: ``Random``, as AWS's do, or
            ``Bayesian`` (``AMT_HYPERBAND_SEARCH``).
        debug: Tracebacks instead of messages for our own faults (``AMT_DEBUG``).
    """

    home: Path
    runtime: str = "auto"
    target: str = "local"
    s3: str = "local"
    account: str = "000000000000"
    region: str = "us-east-1"
    aws_region: str | None = None
    grace_seconds: float = 120.0
    objective: str | None = None
    images: tuple[tuple[str, str], ...] = ()
    docker_host: str | None = None
    lockstep: bool = False
    hyperband_search: str = "Random"
    debug: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the ``AMT_*`` variables.

        Raises:
            BadInput: A variable's value cannot be used.
        """
        env = os.environ if environment is None else environment  # noqa: TID251  (the one door)
        grace = env.get("AMT_GRACE_SECONDS", "120")
        try:
            grace_seconds = float(grace)
        except ValueError:
            fault = Fault(
                "AMT_GRACE_SECONDS", "is not a number", grace, "Give seconds, such as 30."
            )
            raise BadInput([fault]) from None
        region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
        return cls(
            home=Path(env.get("AMT_HOME") or ".amt").absolute(),
            runtime=env.get("AMT_RUNTIME") or "auto",
            target=env.get("AMT_ON") or "local",
            s3=env.get("AMT_S3") or "local",
            account=env.get("AMT_ACCOUNT") or "000000000000",
            region=region or "us-east-1",
            aws_region=region or None,
            grace_seconds=grace_seconds,
            objective=env.get("AMT_OBJECTIVE") or None,
            images=_pairs(env.get("AMT_IMAGE_MAP", "")),
            docker_host=env.get("DOCKER_HOST"),
            lockstep=env.get("AMT_LOCKSTEP", "") not in {"", "0"},
            hyperband_search=_searched(env.get("AMT_HYPERBAND_SEARCH") or "Random"),
            debug=bool(env.get("AMT_DEBUG")),
        )


def _searched(word: str) -> str:
    if word.capitalize() not in {"Random", "Bayesian"}:
        problem, mend = "is not a search that guides Hyperband", "Give Random or Bayesian."
        raise BadInput([Fault("AMT_HYPERBAND_SEARCH", problem, word, mend)])
    return word.capitalize()


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in filter(None, (each.strip() for each in text.split(","))):
        name, equals, local = item.partition("=")
        if not (name and equals and local):
            mend = "Give training-image=local-image, several separated by commas."
            raise BadInput([Fault("AMT_IMAGE_MAP", "is not a list of pairs", item, mend)])
        pairs.append((name, local))
    return tuple(pairs)
