"""The pages people read, taken apart: fenced blocks, commands, links, headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.visitor import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\((?P<target>[^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
SHELL = {"sh", "console", "bash", "shell"}


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown file; its name is its path from the top."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """Everything but the fenced blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, *languages: str) -> list[str]:
        found = _FENCE.finditer(self.text)
        return [match["text"] for match in found if match["language"] in languages]

    def commands(self) -> list[str]:
        """What a reader would type, one a line; comments left out, continued lines joined."""
        lines = "".join(self.blocks(*SHELL)).replace("\\\n", " ").splitlines()
        stripped = (re.sub(r"(^|\s)#.*$", "", line).removeprefix("$ ").strip() for line in lines)
        return [line for line in stripped if line]

    def files(self) -> dict[str, str]:
        """Blocks that begin with ``# name.py``: files a reader is told to write."""
        named = ((re.match(r"# (\S+\.\w+)\n", text), text) for text in self.blocks("python"))
        return {match[1]: text for match, text in named if match}

    def links(self) -> list[str]:
        """Targets inside this repository."""
        targets = [match["target"] for match in _LINK.finditer(self.prose)]
        return [target for target in targets if "://" not in target]

    def anchors(self) -> set[str]:
        """The names that GitHub gives the headings."""
        kept = (re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(self.prose))
        return {title.replace(" ", "-") for title in kept}


def pages() -> list[Page]:
    patterns = ("*.md", "docs/**/*.md", "examples/**/*.md", "containers/**/*.md", "infra/**/*.md")
    found = {path for pattern in patterns for path in ROOT.glob(pattern)}
    return [Page(path) for path in sorted(found)]
