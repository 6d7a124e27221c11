"""The keys of a job file, as pydantic models.

The models know spelling and types. Whether a value may be used (lengths, patterns, bounds,
what goes together) is judged on the request that comes out, by the same rules for every
client, so that a limit stands in one place only.
"""

from __future__ import annotations

from orchestrator.definition.schema.job import JobFile

__all__ = ["JobFile"]
