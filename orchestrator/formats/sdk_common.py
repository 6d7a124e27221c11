"""What the bridges to the SageMaker SDKs share: hear what a tuner would send, and compare.

A tuner object is trusted for nothing: its request is caught on its way to the client and held
against the request that it was made from. What differs is refused by name.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from orchestrator.errors import BadInput, Fault
from orchestrator.formats.ack import in_plain_form
from orchestrator.formats.described import request_of
from orchestrator.wire import path as spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestrator.formats.protocol import Json

_CREATE = "create_hyper_parameter_tuning_job"
_BY_NAME = ("Name", "Key", "ChannelName", "DefinitionName", "HyperParameterTuningJobName")
"""Members that tell the elements of a list apart, so that their order does not matter."""
_BOUNDS = ("MinValue", "MaxValue")


class _Caught(BaseException):  # no `except Exception` of the SDK's may swallow it
    def __init__(self, request: Json) -> None:
        self.request = request
        super().__init__()


class Listener:
    """A SageMaker client that never sends what would create a tuning job."""

    def __init__(self, client: Any) -> None:  # noqa: ANN401  (botocore makes the class)
        self._client = client

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        if name == _CREATE:
            return self._catch
        return getattr(self._client, name)

    def _catch(self, **request: Any) -> None:  # noqa: ANN401
        raise _Caught(request)


def caught(
    start: Callable[[], object],
    sdk: str,
    place: tuple[Any, str],
    listening: Callable[[Any], object],
) -> Json:
    """The request that `start` would send.

    Args:
        start: What creates the job.
        sdk: The SDK's name, for messages.
        place: The object and attribute through which the SDK reaches its client.
        listening: From what stands there to what is to stand there meanwhile.

    Raises:
        BadInput: The SDK refuses to start, or sends what is no JSON.
    """
    holder, attribute = place
    original = vars(holder)[attribute]
    setattr(holder, attribute, listening(original))
    try:
        start()
    except _Caught as found:
        request = found.request
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        problem = f"is refused by {sdk}: {error}"
        raise BadInput([Fault("the tuner", problem, mend="Use `amt run` for this job.")]) from error
    else:
        raise BadInput([Fault("the tuner", f"of {sdk} sent no request")])
    finally:
        setattr(holder, attribute, original)
    faults = [
        Fault(path, f"{sdk} sends no plain value but {value!r}", mend="Give a value.")
        for path, value in _not_plain(request, "")
    ]
    if faults:
        raise BadInput(faults)
    return request


def refuse_losses(wanted: Json, sent: Json, sdk: str) -> None:
    """Hold what a tuner sends against the request it was made from.

    Raises:
        BadInput: With every member that is sent differently or not at all.
    """
    mend = "The SDK cannot say it: use `amt run`, or a boto3 client with the request."
    faults = []
    for path, ours, theirs in _differences(comparable(wanted), comparable(sent), ""):
        if path.startswith("Tags") and ours is None:
            continue  # the SDK's own configuration may add tags
        told = "left out" if theirs is None else f"sent as {theirs!r}"
        told = f"added as {theirs!r}" if ours is None else told
        faults.append(Fault(path, f"is {told} by {sdk}", None, mend))
    if faults:
        raise BadInput(faults)


def comparable(request: Json) -> Json:
    """The request with defaults left out, one form of instances, and numbers as numbers."""
    made: Json = _plain(in_plain_form(request_of(request)))
    return made


def _plain(value: Any) -> Any:  # noqa: ANN401  (any JSON value)
    if isinstance(value, dict):
        return {
            key: _number(one) if key in _BOUNDS else _plain(one)
            for key, one in value.items()
            if one is not None and one not in ({}, [])
        }
    if isinstance(value, list):
        named = [_name(one) for one in value]
        if all(named):
            return {name: _plain(one) for name, one in zip(named, value, strict=True)}
        return [_plain(one) for one in value]
    return value


def _name(value: object) -> str:
    if not isinstance(value, dict):
        return ""
    return next((str(value[key]) for key in _BY_NAME if key in value), "")


def _number(text: object) -> object:
    try:
        return Decimal(str(text)).normalize()
    except InvalidOperation:
        return text


def _differences(ours: Any, theirs: Any, path: str) -> Iterator[tuple[str, Any, Any]]:  # noqa: ANN401
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            where = spelled.entry(path, str(key))
            yield from _differences(ours.get(key), theirs.get(key), where)
    elif ours != theirs and (ours or theirs or ours in (0, False) or theirs in (0, False)):
        yield path, ours, theirs


def _not_plain(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_plain(inner, spelled.entry(path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _not_plain(item, spelled.item(path, index))
    elif not isinstance(value, str | int | float | bool):
        yield path, value


def whole(text: str) -> int:
    """The whole number that a text says: exact for plain digits, and ``1e3`` is one too."""
    return int(text) if text.lstrip("+-").isdigit() else int(float(text))
