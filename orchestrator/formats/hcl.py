"""Terraform's native syntax, as much of it as a resource of plain values needs.

Written as ``terraform fmt`` writes it; texts are ASCII, and what would begin a template
(``${``, ``%{``) is escaped. Read are blocks, attributes and literals; a reference, a function
or a template has no value before Terraform runs and is refused with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INDENT = "  "
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
_UNESCAPED = {escape[1]: character for character, escape in _ESCAPES.items()}
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<end>\n)
      | (?P<text>"(?:[^"\\\n]|\\.)*")
      | (?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_-]*)
      | (?P<sign>[{}\[\]=,:-])
      | (?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE = re.compile(r"(?<![$%])[$%]\{")
_CODE = re.compile(r"\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})|\\(.)|([$%])\4\{", re.DOTALL)
_WORDS = {"true": True, "false": False, "null": None}


class NotLiteral(Exception):
    """A text that cannot be read as plain values; `line` counts from 1."""

    def __init__(self, problem: str, line: int) -> None:
        self.line = line
        super().__init__(problem)


@dataclass(slots=True)
class Block:
    """One block: ``type "label" { attributes and blocks }``."""

    type: str
    labels: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def all(self) -> Iterator[Block]:
        """This block and every one inside it."""
        yield self
        for inner in self.blocks:
            yield from inner.all()


# ---------------------------------------------------------------------- writing


def written(blocks: Sequence[Block]) -> str:
    """The blocks as ``terraform fmt`` leaves them."""
    return "\n".join("\n".join(_block(block, "")) + "\n" for block in blocks)


def quoted(text: str) -> str:
    """A text as a literal that means exactly its characters."""
    made = "".join(_ESCAPES.get(c) or (c if " " <= c <= "~" else _code(c)) for c in text)
    # A dollar before a template's beginning is written as a code, for "$$${" has two readings.
    return re.sub(r"([$%])(?=\{)", lambda found: f"\\u{ord(found[1]):04x}", made)


def _code(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"  # noqa: PLR2004


def _block(block: Block, indent: str) -> Iterator[str]:
    labels = "".join(f" {_literal(label)}" for label in block.labels)
    if not block.attributes and not block.blocks:
        yield f"{indent}{block.type}{labels} {{"
        yield f"{indent}}}"
        return
    inner = indent + _INDENT
    yield f"{indent}{block.type}{labels} {{"
    yield from _attributes(block.attributes, inner)
    for number, one in enumerate(block.blocks):
        if number or block.attributes:
            yield ""
        yield from _block(one, inner)
    yield f"{indent}}}"


def _attributes(attributes: dict[str, Any], indent: str) -> Iterator[str]:
    """Equal signs stand below each other; an object over several lines ends such a group."""
    group: dict[str, Any] = {}
    for name, value in attributes.items():
        if isinstance(value, dict) and value:
            yield from _aligned(group, indent)
            group = {}
            yield f"{indent}{_key(name)} = {{"
            yield from _attributes(value, indent + _INDENT)
            yield f"{indent}}}"
        else:
            group[name] = value
    yield from _aligned(group, indent)


def _aligned(group: dict[str, Any], indent: str) -> Iterator[str]:
    width = max((len(_key(name)) for name in group), default=0)
    for name, value in group.items():
        yield f"{indent}{_key(name):<{width}} = {_literal(value)}"


def _key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) and name not in _WORDS else _literal(name)


def _literal(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{quoted(value)}"'
        case int() | float():
            return repr(value)
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case dict():
            inside = ", ".join(f"{_key(key)} = {_literal(one)}" for key, one in value.items())
            return f"{{ {inside} }}" if inside else "{}"
        case _:
            raise TypeError(f"{value!r} has no literal")


# ---------------------------------------------------------------------- reading


def read(text: str) -> list[Block]:
    """The blocks of a file.

    Raises:
        NotLiteral: It has something else than blocks, attributes and literals.
    """
    return _Reader(text).file()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind != "space":
            yield _Token(kind, found[0], line)
        line += found[0].count("\n")
    yield _Token("stop", "", line)


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def file(self) -> list[Block]:
        holder = Block("")
        self._body(holder, "stop")
        return holder.blocks

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at += token.kind != "stop"
        return token

    def _skip(self) -> None:
        while self._peek().kind == "end" or self._peek().text == ",":
            self._next()

    def _body(self, holder: Block, end: str) -> None:
        while True:
            self._skip()
            token = self._next()
            if end in (token.kind, token.text):
                return
            if token.kind != "word":
                raise NotLiteral(f"{token.text or 'its end'} was not expected", token.line)
            if self._peek().text == "=":
                self._next()
                holder.attributes[token.text] = self._value()
            else:
                holder.blocks.append(self._inner(token))

    def _inner(self, name: _Token) -> Block:
        block = Block(name.text)
        labels = []
        while self._peek().kind in {"text", "word"}:
            token = self._next()
            labels.append(_unquoted(token) if token.kind == "text" else token.text)
        block.labels = tuple(labels)
        brace = self._next()
        if brace.text != "{":
            raise NotLiteral(f"{name.text} has no value and no block", name.line)
        self._body(block, "}")
        return block

    def _value(self) -> Any:  # noqa: ANN401  (any literal)
        token = self._next()
        match token.kind, token.text:
            case "text", _:
                value: Any = _unquoted(token)
            case "number", _:
                value = _number(token.text)
            case "sign", "-":
                value = -_number(self._next().text)
            case "sign", "[":
                value = self._list()
            case "sign", "{":
                value = self._object()
            case "word", "true" | "false" | "null":
                value = _WORDS[token.text]
            case _:
                raise NotLiteral(f"{token.text or 'its end'} is no literal value", token.line)
        after = self._peek()
        if after.kind in {"other", "text", "number", "word"}:
            raise NotLiteral(f"{after.text} was not expected after a value", after.line)
        return value

    def _list(self) -> list[Any]:
        items: list[Any] = []
        while True:
            self._skip()
            if self._peek().text == "]":
                self._next()
                return items
            items.append(self._value())

    def _object(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while True:
            self._skip()
            token = self._next()
            if token.text == "}" and token.kind == "sign":
                return made
            if token.kind not in {"text", "word"} or self._next().text not in {"=", ":"}:
                raise NotLiteral(f"{token.text or 'its end'} was not expected", token.line)
            made[_unquoted(token) if token.kind == "text" else token.text] = self._value()


def _number(text: str) -> float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _unquoted(token: _Token) -> str:
    inside = token.text[1:-1]
    if _TEMPLATE.search(inside):
        raise NotLiteral(f"{token.text} is a template", token.line)
    return _CODE.sub(lambda found: _character(found, token), inside)


def _character(found: re.Match[str], token: _Token) -> str:
    short, long, letter, opening = found.groups()
    if short or long:
        return chr(int(short or long, 16))
    if opening:
        return f"{opening}{{"
    if letter not in _UNESCAPED:
        raise NotLiteral(f"{token.text} has an unknown escape", token.line)
    return _UNESCAPED[letter]
