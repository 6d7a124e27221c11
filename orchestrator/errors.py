"""Every error the package raises, in one tree.

::

    AmtError
    ├── BadInput               the user's: what was written cannot be used        exit code 2
    ├── Unreachable            the world's: endpoint, credentials, Docker         exit code 4
    │   ├── CredentialsExpired     they were good once; fresh ones go on
    │   └── Interrupted            throttled or out of reach for now; asking again may help
    ├── StateError             the state folder cannot be used as it is           exit code 4
    ├── NameTaken              a job of that name exists
    ├── JobNotFound            no job of that name
    ├── WrongStatus            the job's status forbids what was asked
    ├── LaunchRefused          a runtime cannot start this training job
    ├── TransferFailed         an object could not be read from or written to S3
    └── IllegalMove            ours: a state machine was asked the impossible

The user's errors carry *all* faults at once. The world's errors become events
inside a job and never a stack trace. Ours carry the story of the job.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class AmtError(Exception):
    """Root of every error this package raises on purpose."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with what was written.

    Attributes:
        path: Where, in the words of what was written (``limits.parallel``, or
            ``HyperParameterTuningJobConfig.Strategy`` in a raw request).
        problem: What is wrong, one sentence, AWS's own wording where it is known.
        value: The offending value as text, or None where there is none (a missing field).
        mend: What to write instead, one sentence.
        file: The file it stands in, or None for a request that came over the wire.
        line: Its line in that file, counted from 1.
    """

    path: str
    problem: str
    value: str | None = None
    mend: str = ""
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file and self.line else ""
        place = place or (f"{self.file}: " if self.file else "")
        value = "" if self.value is None else f" (got {self.value})"
        mend = f" {self.mend}" if self.mend else ""
        return f"{place}{self.path}: {self.problem}{value}.{mend}".replace("..", ".")


class BadInput(AmtError):
    """What the user wrote cannot be used; every fault is listed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Unreachable(AmtError):
    """An endpoint, credentials or Docker cannot be reached; the message says the mend."""


class CredentialsExpired(Unreachable):
    """The credentials were accepted once and are too old now."""


class Interrupted(Unreachable):
    """The endpoint throttles, is overloaded or cannot be reached at this moment."""


class StateError(AmtError):
    """The state folder cannot be opened or written; the message says the mend."""


class NameTaken(AmtError):
    """A job of that name exists already in this account and region."""


class JobNotFound(AmtError):
    """There is no job of that name in this account and region."""


class WrongStatus(AmtError):
    """The job's present status forbids what was asked."""


class LaunchRefused(AmtError):
    """A runtime cannot start this training job; the message says why and the mend.

    Attributes:
        retryable: True when the platform is at fault (AWS: ``InternalServerError``), so a
            retry strategy applies; False when the request is (AWS: ``ClientError``).
    """

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        self.retryable = retryable
        super().__init__(message)


class TransferFailed(AmtError):
    """An object could not be read from or written to S3."""


class IllegalMove(AmtError):
    """A state machine was asked for a move that its table does not have."""
