"""The life of a tuning job, call by call, on any endpoint.

Answers are the API's own, without the transport's part. Every function raises ours:
JobNotFound, NameTaken, WrongStatus, BadInput, Unreachable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.client.errors import translated
from orchestrator.errors import JobNotFound, NameTaken, WrongStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from orchestrator.client.session import Connection

Answer = dict[str, Any]
"""One answer of the API, or one item of a list."""

TERMINAL = frozenset({"Completed", "Failed", "Stopped", "Deleting", "DeleteFailed"})
"""Statuses of a tuning job after which nothing more runs (documented)."""

_PAGE = 100  # the API's largest page


def create(connection: Connection, request: Mapping[str, Any]) -> str:
    """Create the tuning job; its ARN."""
    name = str(request.get("HyperParameterTuningJobName", ""))
    try:
        with translated(connection, name):
            answer = connection.sagemaker.create_hyper_parameter_tuning_job(**request)
    except NameTaken as error:
        raise taken(name, str(error)) from error
    return answer["HyperParameterTuningJobArn"]


def taken(name: str, reason: str) -> NameTaken:
    """The error that says what to do about a name that is in use."""
    return NameTaken(
        f"The name {name} is taken: {reason} Give another with --name, or look at it with "
        f"`amt describe {name}`."
    )


def describe(connection: Connection, name: str, *, hint: bool = True) -> Answer:
    """Everything the API tells of one tuning job; a `hint` of a near name costs a request."""
    try:
        with translated(connection, name):
            return _plain(
                connection.sagemaker.describe_hyper_parameter_tuning_job(
                    HyperParameterTuningJobName=name
                )
            )
    except JobNotFound as error:
        if not hint:
            raise
        raise _not_found(connection, name) from error


def tags(connection: Connection, arn: str) -> list[Answer]:
    """The tags of a job as a create request has them; those of AWS's own are left out."""
    call = connection.sagemaker.list_tags
    with translated(connection, arn, resource=arn):
        found = [tag for page in _pages(call, {"ResourceArn": arn}, "Tags", None) for tag in page]
    return [dict(tag) for tag in found if not tag["Key"].startswith("aws:")]


def listed(
    connection: Connection, *, contains: str = "", status: str = "", limit: int | None = None
) -> Iterator[Answer]:
    """Tuning jobs, newest first."""
    query: Answer = {"SortBy": "CreationTime", "SortOrder": "Descending"}
    if contains:
        query["NameContains"] = contains
    if status:
        query["StatusEquals"] = status
    call = connection.sagemaker.list_hyper_parameter_tuning_jobs
    with translated(connection):
        left = limit
        for page in _pages(call, query, "HyperParameterTuningJobSummaries", limit):
            yield from page if left is None else page[:left]
            left = None if left is None else left - len(page)


def children(connection: Connection, name: str, *, status: str = "") -> Iterator[list[Answer]]:
    """Pages of the tuning job's training jobs, newest first."""
    query: Answer = {
        "HyperParameterTuningJobName": name,
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
    }
    if status:
        query["StatusEquals"] = status
    call = connection.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job
    with translated(connection, name):
        yield from _pages(call, query, "TrainingJobSummaries", None)


def stop(connection: Connection, name: str) -> None:
    """Ask the tuning job to stop: it launches nothing more and stops what runs."""
    try:
        with translated(connection, name):
            connection.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except JobNotFound as error:
        raise _not_found(connection, name) from error
    except WrongStatus as error:
        raise WrongStatus(f"{name} does not run: {error}") from error


def delete(connection: Connection, name: str) -> None:
    """Delete a tuning job that has ended."""
    try:
        with translated(connection, name):
            connection.sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except JobNotFound as error:
        raise _not_found(connection, name) from error
    except WrongStatus as error:
        raise WrongStatus(
            f"{name} cannot be deleted: {error} `amt stop {name}` stops it."
        ) from error


def _pages(
    call: Callable[..., Any], query: Answer, key: str, limit: int | None
) -> Iterator[list[Answer]]:
    size = _PAGE if limit is None else max(1, min(_PAGE, limit))
    seen = 0
    token = ""
    while True:
        more = {"NextToken": token} if token else {}
        answer = call(**query, MaxResults=size, **more)
        yield answer[key]
        seen += len(answer[key])
        token = str(answer.get("NextToken") or "")
        if not token or (limit is not None and seen >= limit):
            return


def _plain(answer: Mapping[str, Any]) -> Answer:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def _not_found(connection: Connection, name: str) -> JobNotFound:
    names = [str(job["HyperParameterTuningJobName"]) for job in listed(connection, limit=_PAGE)]
    import difflib  # noqa: PLC0415  (only for a name that is wrong)

    near = [other for other in names if other.startswith(name)]
    near = near or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return JobNotFound(
        f"There is no tuning job called {name} on {connection.where}.{hint} "
        "`amt list` shows the ones there are."
    )
