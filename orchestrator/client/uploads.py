"""Local files of a job file put into S3, by what they hold: the same bytes go up once.

A source folder becomes one archive at ``amt/sources/<sha256>/sourcedir.tar.gz``. A channel's
files keep their names under ``amt/channels/<digest>/``, which nothing ever changes again: what
a running job reads is what it was created with. A mark beside them, written last, says that all
of them are there and what each holds; a later version of the same data sends only what is new
and has S3 copy the rest from there. What was interrupted goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from orchestrator.client.errors import translated
from orchestrator.definition.local import Kind, LocalFile
from orchestrator.definition.pack import digest_tree, file_digest, pack_source
from orchestrator.errors import AmtError, BadInput, Fault, TransferFailed, Unreachable
from orchestrator.wire import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from orchestrator.client.protocol import Bucket
    from orchestrator.client.session import Connection

Thing = TypeVar("Thing")

_THREADS = 8  # botocore keeps ten connections
_KNOWN_MARKS = 20
"""How many channels of before are looked at for contents that can be copied."""


class Meter(Protocol):
    """Hears how an upload goes; called from several threads."""

    def begin(self, what: str, size: int) -> None:
        """`size` bytes are going to be sent."""
        ...

    def sent(self, size: int) -> None:
        """So many more bytes have gone."""
        ...

    def end(self) -> None:
        """Nothing more is sent."""
        ...


@dataclass(frozen=True, slots=True)
class Places:
    """The buckets that sources and channels go to; often one."""

    sources: str
    channels: str


@dataclass(frozen=True, slots=True)
class Item:
    """One file and the object it becomes."""

    uri: str
    file: Path
    size: int
    digest: str
    modified: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one local path becomes in S3.

    Attributes:
        uri: What the request says: the archive, or the channel's prefix.
        mark: The object that, written last, says that all are there.
    """

    path: Path
    uri: str
    items: tuple[Item, ...]
    mark: str

    @property
    def bucket(self) -> str:
        """The bucket it goes to."""
        return _bucket(self.uri)


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is to be done for a parcel.

    Attributes:
        send: The files whose bytes go up.
        copy: (URI of an object with the same bytes, the file) of those that S3 copies.
        whole: The mark is there: nothing is to be done.
    """

    parcel: Parcel
    send: tuple[Item, ...] = ()
    copy: tuple[tuple[str, Item], ...] = ()
    whole: bool = False

    @property
    def size(self) -> int:
        """Bytes to send."""
        return sum(item.size for item in self.send)

    def __str__(self) -> str:
        count, sent = len(self.parcel.items), len(self.send)
        what = f"{sent} of {count} objects" if count > 1 else "1 object"
        copied = f"; {len(self.copy)} copied inside S3" if self.copy else ""
        return f"{self.parcel.path} ({what}, {as_bytes(self.size)}{copied})"


@contextmanager
def packed(files: Iterable[LocalFile], places: Places) -> Iterator[dict[LocalFile, Parcel]]:
    """Each of `files` as a parcel; the archives are there as long as the context.

    Raises:
        BadInput: One cannot be read or holds nothing.
    """
    with tempfile.TemporaryDirectory(prefix="amt-") as folder:
        yield {file: _packed(file, places, Path(folder)) for file in files}


def addresses(files: Iterable[LocalFile], places: Places) -> dict[LocalFile, str]:
    """The URI that each of `files` has once it is uploaded; nothing is sent.

    Raises:
        BadInput: One cannot be read or holds nothing.
    """
    with packed(files, places) as parcels:
        return {file: parcel.uri for file, parcel in parcels.items()}


def surveyed(connection: Connection, parcel: Parcel) -> Shipment:
    """What is to be sent, by what is there already; only asks."""
    bucket = connection.bucket
    with translated(connection, resource=_arn(connection, parcel.uri)):
        if bucket.exists(parcel.mark):
            return Shipment(parcel, whole=True)
        if parcel.mark == parcel.uri:
            return Shipment(parcel, send=parcel.items)
        there = {seen.uri: seen.size for seen in bucket.list(parcel.uri)}
        missing = [item for item in parcel.items if there.get(item.uri) != item.size]
        known = {i.digest: i.uri for i in parcel.items if there.get(i.uri) == i.size}
        known = _contents(bucket, parcel.mark.rpartition("/")[0]) | known if missing else {}
    send, copy = [], []
    for item in missing:
        if item.digest in known:
            copy.append((known[item.digest], item))
        else:
            send.append(item)
            known[item.digest] = item.uri  # twice the same content goes up once
    return Shipment(parcel, tuple(send), tuple(copy))


def ship(connection: Connection, shipment: Shipment, meter: Meter) -> None:
    """Do what is to be done, and say with the mark that it is done.

    Raises:
        BadInput: A file changed while it was sent.
        Unreachable: S3 would not take one; what has gone stays, and the next call goes on.
        TransferFailed: The same for another reason.
    """
    if shipment.whole:
        return
    parcel, bucket = shipment.parcel, connection.bucket
    tally = _Tally(len(shipment.send) + len(shipment.copy))
    meter.begin(f"Uploading {shipment}.", shipment.size)
    try:
        with translated(connection, resource=_arn(connection, parcel.uri)), tally.told():
            _each(shipment.send, lambda item: _sent(bucket, item, meter), tally)
            _each(shipment.copy, lambda pair: _copied(bucket, *pair, meter), tally)
            if parcel.mark != parcel.uri:
                bucket.write(parcel.mark, _inventory(parcel))
    finally:
        meter.end()


# ------------------------------------------------------------------ parcels


def _packed(file: LocalFile, places: Places, folder: Path) -> Parcel:
    try:
        if file.kind is Kind.SOURCE:
            return _source(file.path, f"s3://{places.sources}/amt/sources", folder)
        return _channel(file.path, f"s3://{places.channels}/amt/channels")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        fault = Fault(file.kind.value, f"cannot be read: {reason}", str(file.path))
        raise BadInput([fault]) from error


def _source(path: Path, root: str, folder: Path) -> Parcel:
    archive = folder / f"{hashlib.sha256(str(path).encode()).hexdigest()}.tar.gz"
    digest = pack_source(path, archive)
    uri = f"{root}/{digest}/sourcedir.tar.gz"
    return Parcel(path, uri, (_item(uri, archive, digest),), uri)


def _channel(path: Path, root: str) -> Parcel:
    files = dict(_files(path))
    with ThreadPoolExecutor(_THREADS) as pool:
        digests = dict(zip(files, pool.map(file_digest, files.values()), strict=True))
    digest = digest_tree(digests)
    if path.is_file():  # two files of one content and two names are two channels
        digest = hashlib.sha256(f"{path.name}:{digests[path.name]}".encode()).hexdigest()
    prefix = f"{root}/{digest}/"
    items = tuple(_item(prefix + name, file, digests[name]) for name, file in files.items())
    return Parcel(path, prefix, items, f"{root}/.whole/{digest}")


def _item(uri: str, file: Path, digest: str) -> Item:
    seen = file.stat()
    return Item(uri, file, seen.st_size, digest, seen.st_mtime_ns)


def _files(path: Path) -> list[tuple[str, Path]]:
    """The files below a folder, by their names inside it; a file is its own folder's only one."""
    if path.is_file():
        return [(path.name, path)]
    found = sorted(file for file in path.rglob("*") if file.is_file())
    if not found:
        missing = "is an empty folder" if path.is_dir() else "does not exist"
        raise BadInput([Fault("channels", missing, str(path), "Name a file or a folder of files.")])
    return [(file.relative_to(path).as_posix(), file) for file in found]


# ------------------------------------------------------------------ marks


def _inventory(parcel: Parcel) -> bytes:
    """What a mark says: where each content is."""
    return json.dumps({item.digest: item.uri for item in parcel.items}).encode()


def _contents(bucket: Bucket, marks: str) -> dict[str, str]:
    """Where contents are that went up before: SHA-256 -> URI, from the newest marks."""
    seen = sorted(bucket.list(f"{marks}/"), key=lambda mark: -mark.modified)
    known: dict[str, str] = {}
    for mark in seen[:_KNOWN_MARKS]:
        said = bucket.read(mark.uri) or b"{}"  # the marks of older versions say nothing
        known = json.loads(said) | known
    return known


# ------------------------------------------------------------------ sending


@dataclass(slots=True)
class _Tally:
    """How many objects are done, for the message when it goes no further."""

    total: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self) -> None:
        with self.lock:
            self.done += 1

    @contextmanager
    def told(self) -> Iterator[None]:
        """Add to a failure how far it came and that nothing is lost."""
        try:
            yield
        except (TransferFailed, Unreachable) as error:
            note = f"{self.done} of {self.total} are done; the same command goes on from there."
            raise _noted(error, note) from error.__cause__


def _noted(error: AmtError, note: str) -> AmtError:
    return type(error)(f"{str(error).rstrip('.')}. {note}")


def _each(things: Iterable[Thing], work: Callable[[Thing], None], tally: _Tally) -> None:
    """Do `work` for each, several at once; the first failure ends it."""

    def counted(thing: Thing) -> None:
        work(thing)
        tally.count()

    pool = ThreadPoolExecutor(_THREADS)
    try:
        futures = [pool.submit(counted, thing) for thing in things]
        finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in finished:
            future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _sent(bucket: Bucket, item: Item, meter: Meter) -> None:
    bucket.upload(item.file, item.uri, meter.sent)
    seen = item.file.stat()
    if (seen.st_size, seen.st_mtime_ns) != (item.size, item.modified):
        bucket.delete(item.uri)  # it may not hold what its place promises
        mend = "Run the command again when it is at rest."
        raise BadInput([Fault("channels", "changed while it was sent", str(item.file), mend)])


def _copied(bucket: Bucket, origin: str, item: Item, meter: Meter) -> None:
    try:
        bucket.copy(origin, item.uri, item.size)
    except TransferFailed:  # a lifecycle rule took it; what a broken line is shows again here
        _sent(bucket, item, meter)


def _arn(connection: Connection, uri: str) -> str:
    return f"arn:{names.partition(connection.region)}:s3:::{_bucket(uri)}/*"


def _bucket(uri: str) -> str:
    return uri.removeprefix("s3://").partition("/")[0]


def as_bytes(size: int) -> str:
    """Bytes as people write them, such as ``1.2 MB``."""
    units = ("bytes", "kB", "MB", "GB", "TB")
    power = min(len(units) - 1, max(0, len(str(size)) - 1) // 3)
    return f"{size / 1000**power:.3g} {units[power]}"
