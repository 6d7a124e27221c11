"""Faults whose text is AWS's own, letter by letter, and is sent to a caller as it is."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.errors import Fault


@dataclass(frozen=True, slots=True)
class Recorded(Fault):
    """A fault that AWS answers with exactly `problem` (observed)."""


@dataclass(frozen=True, slots=True)
class QuotaExceeded(Recorded):
    """More than the account may have; AWS answers it with ResourceLimitExceeded."""
