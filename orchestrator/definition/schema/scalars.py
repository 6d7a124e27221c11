"""Single values of a job file: strict about types, and every refusal says what to write."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from orchestrator.definition.values import Choice, as_text, parse_duration, print_duration

REFUSED = "refused"
"""The type of our own pydantic errors, whose message and mend are ready to be shown."""


def refusal(problem: str, mend: str) -> PydanticCustomError:
    """An error for the user; `load` turns it into a `Fault`."""
    return PydanticCustomError(REFUSED, "{problem}", {"problem": problem, "mend": mend})


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise refusal("must be text", "Put it in quotes.")
    return value


def _printed(value: object) -> object:
    if value is None or isinstance(value, (dict, list)):
        raise refusal("must be one value", "Write text, a number, true or false.")
    return as_text(value)


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise refusal("must be true or false", "Write true or false, without quotes.")
    return value


def _whole(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refusal("must be a whole number", "Write it without quotes or a decimal point.")
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise refusal("must be a number", "Write a number without quotes, such as 0.95.")
    return value


def _bound(value: object) -> object:
    # a request's bounds are text, and "1e-4" must come back as it was
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise refusal("must be a number", "Write a number, such as 0.1 or 1e-4.")
    return value


def _seconds(value: object) -> object:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise refusal(str(error), "Write seconds, or 90s, 15m, 2h, 3d, 1h 30m.") from None


def _plain(value: object) -> object:
    if value is None:
        raise refusal("has no value", "Write text, a number, true, false, a list or a mapping.")
    return value


def one_of(choice: Choice) -> BeforeValidator:
    """Takes the words of `choice` and of the request, gives back the job file's word."""

    def parse(value: object) -> object:
        try:
            return choice.parse(value)
        except ValueError as error:
            raise refusal(str(error), f"Write one of: {', '.join(choice.words)}.") from None

    return BeforeValidator(parse)


Text = Annotated[str, BeforeValidator(_text)]
Printed = Annotated[str, BeforeValidator(_printed)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[int | float, BeforeValidator(_number)]
Bound = Annotated[int | float | str, BeforeValidator(_bound)]
Seconds = Annotated[
    int, BeforeValidator(_seconds), PlainSerializer(print_duration, when_used="json")
]
Plain = Annotated[Any, BeforeValidator(_plain)]
Raw = dict[str, Any]
"""Members of a request in the request's own spelling, merged in as an RFC 7386 patch."""


class Model(BaseModel):
    """A mapping whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class Short(Model):
    """A mapping that may be written as the bare value of its `main` key."""

    main: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _widen(cls, value: object) -> object:
        return value if isinstance(value, (Mapping, cls)) else {cls.main: value}

    @model_serializer(mode="wrap", when_used="json")
    def _shorten(self: Self, handler: SerializerFunctionWrapHandler) -> object:
        written = handler(self)
        if set(written) == {self.main}:
            return written[self.main]
        return written
