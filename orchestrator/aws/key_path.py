"""Where an object's bytes lie below its bucket's folder: keys to paths and back.

A key's components become folder names as they are, so a person finds what they look for;
whatever a file system could not keep apart, or would lead elsewhere, gets a name that begins
with ``%``:

=====================================  ==========================================
``.``, ``..``, an empty component      ``%.``, ``%..``, ``%``
a component that begins with ``%``     ``%`` and the component, each ``%`` as ``%25``
a component with a NUL                 the same, each NUL as ``%00``
a component of over 255 bytes          several nested folders, all but the last ending in ``%+``
an object beside a folder of its name  the object's file ends in ``%`` (``%a%`` beside ``a/``)
=====================================  ==========================================

`key_of` gives a key for exactly those paths that `names_of` and `beside` make, so any other
name that begins with ``%`` (a file being written) is no object. Names are the file system's:
where it ignores case or normalises Unicode, keys that differ only so fall together.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MARK = "%"
CONTINUED = "%+"
LONGEST_NAME = 255
PIECE = 200
"""Bytes of a component in each folder that a long one is spread over."""

_ESCAPED = re.compile("%(25|00)")
_CHARACTER = {"%25": "%", "%00": "\0"}
_QUOTED = {character: quoted for quoted, character in _CHARACTER.items()}


def names_of(key: str) -> tuple[str, ...]:
    """The file's path below the bucket's folder, one name a folder."""
    names: list[str] = []
    for component in key.split("/"):
        if _plain(component):
            names.append(component)
        else:
            names += _marked(component)
    return tuple(names)


def beside(names: Sequence[str]) -> tuple[str, ...]:
    """The object's other path, for when a folder of its own name stands at `names`."""
    *folders, last = names
    quoted = last if last.startswith(MARK) else MARK + last
    if len(quoted.encode()) >= LONGEST_NAME:  # a plain name that was just short enough
        *pieces, quoted = _marked(last)
        folders += pieces
    return (*folders, quoted + MARK)


def key_of(names: Sequence[str]) -> str | None:
    """The key of the object whose file is at `names`, or None when that is no object's."""
    if not any(name.startswith(MARK) for name in names):
        return "/".join(names)
    *folders, last = names
    object_beside = last.startswith(MARK) and last != MARK and last.endswith(MARK)
    text = "".join(map(folder_text, folders)) + _text(last[:-1] if object_beside else last)
    own = names_of(text)
    return text if tuple(names) == (beside(own) if object_beside else own) else None


def folder_text(name: str) -> str:
    """The part of a key that the folder `name` stands for, its slash included."""
    if name.startswith(MARK) and name.endswith(CONTINUED):
        return _text(name.removesuffix(CONTINUED))
    return _text(name) + "/"


def _text(name: str) -> str:
    if not name.startswith(MARK):
        return name
    return _ESCAPED.sub(lambda found: _CHARACTER[found[0]], name[1:])


def _plain(component: str) -> bool:
    return (
        component not in {"", ".", ".."}
        and not component.startswith(MARK)
        and "\0" not in component
        and len(component.encode()) <= LONGEST_NAME
    )


def _marked(component: str) -> list[str]:
    pieces = [""]
    for character in component:
        quoted = _QUOTED.get(character, character)
        if len((pieces[-1] + quoted).encode()) > PIECE:
            pieces.append("")
        pieces[-1] += quoted
    return [f"{MARK}{piece}{CONTINUED}" for piece in pieces[:-1]] + [MARK + pieces[-1]]
