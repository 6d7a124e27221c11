"""Everything wrong with a job file at once, in the file's own words and with its lines.

Keys and types were judged when the file was loaded; local files are looked for here; all the
rest is judged on the request, by the rules that the emulator applies too, and led back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.definition.defaults import Defaults
from orchestrator.definition.document import in_words
from orchestrator.definition.local import Translation, is_remote
from orchestrator.definition.origins import in_file_words, trace
from orchestrator.definition.request import translate
from orchestrator.errors import BadInput, Fault
from orchestrator.wire import path as spelled
from orchestrator.wire.rules import tuning_faults
from orchestrator.wire.validate import request_faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as File

    from orchestrator.definition.document import Document, Loaded
    from orchestrator.definition.patch import Json
    from orchestrator.definition.paths import Path

_OPERATION = "CreateHyperParameterTuningJob"
_MEND = "Give the value in that form."  # the problem of a wrong type says the form
_GENERATED = Defaults(name="generated")


def prepare(loaded: Loaded, defaults: Defaults) -> Translation:
    """The request of a file without faults, and the local files it needs in S3.

    Raises:
        BadInput: With every fault of `check`.
    """
    faults = check(loaded, defaults)
    if faults:
        raise BadInput(faults)
    if loaded.raw:
        return Translation(loaded.document.data)
    return translate(loaded.job, defaults, loaded.document.folder)


def check(loaded: Loaded, defaults: Defaults) -> list[Fault]:
    """Every fault of the file, in the order of its lines; empty when it can be used.

    A name may be missing: the caller generates one.
    """
    faults = list(loaded.faults)
    if loaded.raw:
        request = loaded.document.data
        faults += [
            _placed(fault, tuple(spelled.elements(fault.path)), loaded.document)
            for fault in _request_faults(request)
        ]
    elif loaded.partial is not None:
        named = replace(defaults, name=defaults.name or _GENERATED.name)
        request = translate(loaded.partial, named, loaded.document.folder).request
        written = loaded.partial.model_dump(exclude_unset=True)
        faults += _translated(loaded, written, request)
        faults += _missing_files(written, loaded.document)
    unique = list(dict.fromkeys(faults))
    return sorted(unique, key=lambda fault: fault.line or 0)


def _request_faults(request: Json) -> list[Fault]:
    return [*request_faults(_OPERATION, request), *tuning_faults(request)]


def _placed(fault: Fault, path: Path, document: Document) -> Fault:
    secret = not {"environment", "Environment"}.isdisjoint(path)
    return replace(
        fault,
        path=in_words(path) or document.name,
        value=None if secret else fault.value,
        mend=fault.mend or _MEND,
        file=document.name,
        line=document.line(path),
    )


def _translated(loaded: Loaded, written: Json, request: Json) -> Iterator[Fault]:
    pruned = loaded.pruned
    if ("strategy",) in pruned:
        pruned = (*pruned, ("hyperband",))  # the default strategy knows no such options
    if any(path[:1] == ("campaign",) for path in pruned):
        pruned = (*pruned, ("limits", "jobs"))  # which a campaign fills
    for fault in _request_faults(request):
        path = trace(tuple(spelled.elements(fault.path)), written, request)
        if not any(_follows(fault, path, gone) for gone in pruned):
            advised = replace(fault, mend=in_file_words(fault.mend, path))
            yield _placed(advised, path, loaded.document)


def _follows(fault: Fault, path: Path, gone: Path) -> bool:
    """Whether `fault` at `path` may only follow from what was taken out at `gone`.

    It stands there, above or below; or it misses a value beside a misspelled key.
    """
    size = min(len(path), len(gone))
    return path[:size] == gone[:size] or (fault.value is None and path[:-1] == gone[:-1])


def _missing_files(written: Json, document: Document) -> Iterator[Fault]:
    parts: list[tuple[Path, Json]] = [((), written)]
    parts += [
        (("definitions", index), part)
        for index, part in enumerate(written.get("definitions") or [])
    ]
    for above, part in parts:
        training = part.get("training") or {}
        yield from _missing_code((*above, "training"), training, document)
        for name, channel in (training.get("channels") or {}).items():
            source = channel.get("source")
            path = (*above, "training", "channels", name, "source")
            if source is not None and not is_remote(source):
                yield from _missing_data(path, document.local(source), document)


def _missing_code(above: Path, training: Json, document: Document) -> Iterator[Fault]:
    program, source = training.get("entry_point"), training.get("source")
    if program is None or (source is not None and is_remote(source)):
        return
    folder = document.local(source) if source is not None else document.folder
    if source is not None and not folder.is_dir():
        mend = f"There is no folder {folder}; give the one that holds the entry point."
        yield document.fault((*above, "source"), "does not exist", mend)
    elif not (folder / program).is_file():
        mend = f"There is no file {folder / program}; write it relative to source."
        yield document.fault((*above, "entry_point"), "does not exist", mend)
    elif not (folder / program).resolve().is_relative_to(folder.resolve()):
        mend = "Only what is inside source is packed; write source: the folder above both."
        yield document.fault((*above, "entry_point"), "lies outside of source", mend)


def _missing_data(path: Path, file: File, document: Document) -> Iterator[Fault]:
    if not file.exists():
        mend = f"There is nothing at {file}; give an s3:// URI, or a file or folder."
        yield document.fault(path, "does not exist", mend)
    elif file.is_dir() and next(file.rglob("*"), None) is None:
        yield document.fault(path, "is an empty folder", f"Put the data into {file}.")
