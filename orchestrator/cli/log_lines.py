"""What the parts below log, as lines on stderr: no traceback unless AMT_DEBUG asks for it."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator


class LogLines(logging.Handler):
    """Says warnings and errors in one line each."""

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__(logging.WARNING)
        self._tracebacks = tracebacks

    def emit(self, record: logging.LogRecord) -> None:
        """Say one record."""
        if self._tracebacks:
            text = self.format(record)
        else:
            fault = record.exc_info[1] if record.exc_info else None
            text = record.getMessage() + (f": {fault!r}" if fault is not None else "")
        click.echo(text, err=True)


@contextmanager
def said(*, tracebacks: bool) -> Iterator[None]:
    """Say what is logged meanwhile."""
    lines = LogLines(tracebacks=tracebacks)
    logging.getLogger().addHandler(lines)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(lines)
