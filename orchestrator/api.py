"""Tuning jobs from Python: load a definition, run it on an endpoint, read its results.

>>> from orchestrator import Definition
>>> definition = Definition.load("job.yaml", {"limits.jobs": 8})
>>> with definition.run(on="local", runtime="process") as job:
...     job.wait()
...     print(job.best())

It is what the commands do, in the same words: the same job files, endpoints, names, errors
(`orchestrator.errors`) and environment variables.
"""

from __future__ import annotations

import copy
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from orchestrator import assembly
from orchestrator.client import launch as launching
from orchestrator.client import preparation, training_jobs, tuning_jobs, watch
from orchestrator.client.errors import explained
from orchestrator.clock import SystemClock
from orchestrator.definition.document import Document, Loaded
from orchestrator.errors import Fault, WrongStatus
from orchestrator.report import leaderboard
from orchestrator.report.progress import Progress, progress
from orchestrator.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    import pandas as pd

    from orchestrator.client.session import Connection
    from orchestrator.report.leaderboard import Row

Value = str | int | float
"""A hyperparameter as a program wants it: the API has only text."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?P<real>(?:\.\d+)?(?:[eE][-+]?\d+)?)")

_OWN_COLUMNS = ("training_job", "status", "value", "seconds")


@dataclass(frozen=True, slots=True)
class Result:
    """One training job.

    Attributes:
        status: SageMaker's: ``Completed``, ``Failed``, ``Stopped``, ``InProgress``, ``Stopping``.
        metric: The objective metric's name.
        value: Its final value; None without one.
        seconds: From its start to its end, or to now; None before it started.
        hyperparameters: The tuned ones, numbers as numbers.
        reason: Why it failed; empty otherwise.
    """

    training_job: str
    status: str
    metric: str
    value: float | None
    seconds: float | None
    hyperparameters: Mapping[str, Value]
    reason: str = ""

    def record(self) -> dict[str, Any]:
        """One flat row; a hyperparameter called as a column is gets a ``_`` behind its name."""
        tuned = {
            f"{name}_" if name in _OWN_COLUMNS else name: value
            for name, value in self.hyperparameters.items()
        }
        own = {name: getattr(self, name) for name in _OWN_COLUMNS}
        return own | tuned


@dataclass(frozen=True, slots=True)
class Best(Result):
    """The best training job; `model` is where its model is, None without one."""

    model: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A tuning job as it is written, before it runs anywhere."""

    _loaded: Loaded
    _name: str = field(default="job", repr=False)

    @classmethod
    def load(
        cls, file: str | PathLike[str], settings: Mapping[str, Value | None] | None = None
    ) -> Self:
        """Read a job file (YAML, JSON, TOML) or a raw request.

        Args:
            file: The file; local paths in it are relative to its folder.
            settings: Values to override by their path, such as ``{"limits.jobs": 20}``.

        Raises:
            BadInput: It cannot be read.
        """
        told = [f"{path}={json.dumps(value)}" for path, value in (settings or {}).items()]
        loaded = preparation.read(str(file), None, told)
        return cls(loaded, str(file))

    @classmethod
    def of(cls, document: Mapping[str, Any], folder: str | PathLike[str] = ".") -> Self:
        """A definition written in Python, with the keys of a job file or of a request.

        Args:
            document: The definition.
            folder: What local paths in it are relative to.
        """
        data = copy.deepcopy(dict(document))
        return cls(Loaded.of(Document("definition", Path(folder).absolute(), data, {})))

    def faults(self, on: str = "local") -> list[Fault]:
        """Everything wrong with it for an endpoint, each with its mend; asks no endpoint."""
        return preparation.faults(self._loaded, _where(Settings.from_environment(), on))

    def run(
        self,
        on: str | None = None,
        *,
        name: str | None = None,
        runtime: str | None = None,
        stack: str | None = None,
        bucket: str | None = None,
        create_bucket: bool = False,
    ) -> TuningJob:
        """Send what is local and create the tuning job; it runs while this program goes on.

        The same definition under the same name is the same job: it is taken up, not made twice.

        Args:
            on: ``local`` (this process trains), ``aws`` or a URL; by default AMT_ON.
            name: The job's name, instead of the definition's; generated if neither is given.
            runtime: What trains on this machine; by default AMT_RUNTIME.
            stack: A Terraform directory or a CloudFormation stack with role, buckets and image.
            bucket: Where local files and models go, instead of the default bucket.
            create_bucket: Make that bucket if it is missing.

        Raises:
            BadInput: With every fault of the definition.
            NameTaken: Another definition has the name.
            Unreachable: The endpoint, or something on the way to it.
        """
        settings = Settings.from_environment()
        on = on or settings.target
        loaded = self._loaded if name is None else preparation.named(self._loaded, name)
        choices = preparation.Choices(stack, bucket, create_bucket)
        preparation.check_or_raise(loaded, _where(settings, on, runtime), choices)
        with _ours(on):
            connection = assembly.connect(settings, on, runtime or settings.runtime)
            try:
                with launching.launch(connection, loaded, self._naming(loaded), choices) as ready:
                    created = ready.go(_Silence())
            except BaseException:
                connection.close()
                raise
        return TuningJob._of(created.name, connection)  # noqa: SLF001  (its other way in)

    def _naming(self, loaded: Loaded) -> launching.Naming:
        def again() -> str:
            return preparation.generated_name(self._name, SystemClock().now())

        own = preparation.own_name(loaded)
        return launching.Naming(own) if own else launching.Naming(again(), again)


class TuningJob:
    """A tuning job that exists on an endpoint; a context manager that lets go of it.

    On ``local`` this process may be the one that trains: leaving the context, or `close`, lets
    go of what runs, and `resume` (or ``amt resume``) takes it up again.

    Args:
        name: Its name.
        on: ``local``, ``aws`` or a URL; by default AMT_ON.
        runtime: What trains on this machine if it is resumed; by default AMT_RUNTIME.

    Raises:
        JobNotFound: There is no such job.
        Unreachable: The endpoint cannot be reached.
    """

    def __init__(self, name: str, on: str | None = None, *, runtime: str | None = None) -> None:
        settings = Settings.from_environment()
        on = on or settings.target
        with _ours(on):
            connection = assembly.connect(settings, on, runtime or settings.runtime)
            try:
                tuning_jobs.describe(connection, name)
            except BaseException:
                connection.close()
                raise
        self._open(name, connection)

    @classmethod
    def _of(cls, name: str, connection: Connection) -> Self:
        job = cls.__new__(cls)
        job._open(name, connection)  # noqa: SLF001  (it is our own)
        return job

    def _open(self, name: str, connection: Connection) -> None:
        self.name = name
        self._connection = connection
        self._clock = SystemClock()
        self._known = watch.Children(connection, name)

    def __enter__(self) -> Self:
        """Keep it open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        self.close()

    def __repr__(self) -> str:
        return f"TuningJob({self.name!r}, on={self._connection.label!r})"

    # ------------------------------------------------------------------ what it is

    def describe(self) -> dict[str, Any]:
        """DescribeHyperParameterTuningJob's whole answer."""
        return tuning_jobs.describe(self._connection, self.name)

    @property
    def status(self) -> str:
        """SageMaker's: ``InProgress``, ``Completed``, ``Failed``, ``Stopping``, ``Stopped``."""
        return str(self.describe()["HyperParameterTuningJobStatus"])

    def progress(self) -> Progress:
        """How far it has come."""
        snapshot = watch.look(self._connection, self._known, self._clock)
        rows = leaderboard.rows(snapshot.job, snapshot.children, now=snapshot.at)
        return progress(snapshot.job, rows, snapshot.at)

    def results(self) -> list[Result]:
        """All training jobs so far, best first, then those without a value as they began."""
        snapshot = watch.look(self._connection, self._known, self._clock)
        rows = leaderboard.rows(snapshot.job, snapshot.children, now=snapshot.at)
        ranked = leaderboard.ranked(rows)
        return [_result(row) for row in [*ranked, *(row for row in rows if row.goodness is None)]]

    def records(self) -> list[dict[str, Any]]:
        """The results as flat rows: ``training_job, status, value, seconds``, hyperparameters."""
        return [result.record() for result in self.results()]

    def frame(self) -> pd.DataFrame:
        """The records as a pandas DataFrame. Raises ImportError without pandas."""
        import pandas as pd  # noqa: PLC0415  (nothing else here needs it)

        return pd.DataFrame(self.records())

    def best(self) -> Best:
        """The best training job.

        Raises:
            WrongStatus: None has ended with the objective metric.
        """
        row = leaderboard.best(self.describe())
        if row is None:
            raise WrongStatus(f"{self.name} has no best training job yet.")
        found = _result(row)
        described = training_jobs.describe(self._connection, row.name)
        kept = {key: getattr(found, key) for key in Result.__dataclass_fields__}
        return Best(**kept, model=leaderboard.model(described))

    def logs(self, training_job: str) -> list[str]:
        """The lines that a training job printed so far."""
        reader = training_jobs.LogReader(self._connection, training_job)
        return [line.text for line in reader.read()]

    # ------------------------------------------------------------------ what becomes of it

    def follow(self) -> Iterator[Progress]:
        """How it stands, again and again until it has ended."""
        for snapshot in watch.follow(self._connection, self.name, clock=self._clock):
            rows = leaderboard.rows(snapshot.job, snapshot.children, now=snapshot.at)
            yield progress(snapshot.job, rows, snapshot.at)

    def wait(self, timeout: float | None = None) -> str:
        """Wait until it has ended; its status.

        Raises:
            WaitTimedOut: It had not ended after `timeout` seconds.
        """
        job = watch.wait(self._connection, self.name, clock=self._clock, timeout=timeout)
        if self._connection.emulator is not None:
            self._connection.emulator.idle()  # what the last ones left is being removed
        return str(job["HyperParameterTuningJobStatus"])

    def stop(self) -> None:
        """Launch nothing more and stop what runs; the best is kept.

        Raises:
            WrongStatus: It has ended.
        """
        tuning_jobs.stop(self._connection, self.name)

    def resume(self) -> None:
        """Drive a local job whose driver is gone, or finish its cleaning up.

        Raises:
            WrongStatus: It has ended and left nothing, somebody drives it, or it is not local.
        """
        if self._connection.emulator is None:
            raise WrongStatus(f"{self.name} is on {self._connection.label} and goes on by itself.")
        self._connection.emulator.resume(self.name)

    def delete(self) -> None:
        """Delete it from the endpoint.

        Raises:
            WrongStatus: It has not ended.
        """
        tuning_jobs.delete(self._connection, self.name)

    def close(self) -> None:
        """Let go of the endpoint; what runs goes on, on this machine without a driver."""
        self._connection.close()


class _Silence:
    """A program is told nothing while files go up."""

    def begin(self, what: str, size: int) -> None:
        del what, size

    def sent(self, size: int) -> None:
        del size

    def end(self) -> None:
        pass


def _where(settings: Settings, on: str, runtime: str | None = None) -> preparation.Where:
    in_cloud = on == assembly.AWS or (runtime or settings.runtime) == "sagemaker"
    return preparation.Where(in_cloud, settings.aws_region)


@contextmanager
def _ours(on: str) -> Iterator[None]:
    """Raise botocore's errors as ours."""
    try:
        yield
    except Exception as error:
        ours = explained(error, on)
        if ours is None:
            raise
        raise ours from error


def _result(row: Row) -> Result:
    return Result(
        training_job=row.name,
        status=row.status,
        metric=row.objective.metric,
        value=row.value,
        seconds=row.seconds,
        hyperparameters={name: _value(text) for name, text in row.tuned.items()},
        reason=row.reason,
    )


def _value(text: str) -> Value:
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    return float(text) if found["real"] else int(text)
