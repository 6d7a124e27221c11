"""Uploads: what a channel of 1,000 files and 1 GB costs, and one changed file of them.

    python benchmarks/uploads.py [--files 1000] [--size 1000000]

Against `amt serve` on this machine, so that the seconds are hashing, requests and disk; on the way
to AWS the bytes cost more and the copies less.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from orchestrator.aws.s3 import S3Objects
from orchestrator.client import session
from orchestrator.client.session import Access, Connection
from orchestrator.client.uploads import Places, packed, ship, surveyed
from orchestrator.definition.local import Kind, LocalFile
from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings

ACCOUNT, REGION = "000000000000", "us-east-1"
BUCKET = f"sagemaker-{REGION}-{ACCOUNT}"


class Meter:
    """Adds up."""

    def __init__(self) -> None:
        self.size = 0

    def begin(self, what: str, size: int) -> None:
        """Add it."""
        del what
        self.size += size

    def sent(self, size: int) -> None:
        """Not needed."""

    def end(self) -> None:
        """Not needed."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--size", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="amt-bench-") as top:
        data = Path(top) / "data"
        data.mkdir()
        for number in range(given.files):
            (data / f"{number:05d}.bin").write_bytes(os.urandom(given.size))
        served = Served(Settings(Path(top) / "state"), "process", Listening(port=0))
        served.start()
        try:
            measure(data, served.url)
        finally:
            served.close()


def measure(data: Path, url: str) -> None:
    client = session.s3_client(Access(REGION, endpoint_url=url, account=ACCOUNT))
    requests: Counter[str] = Counter()
    client.meta.events.register("before-call.s3", lambda model, **_: requests.update([model.name]))
    connection = Connection(
        url,
        None,
        None,
        S3Objects(client),
        ACCOUNT,
        REGION,
        BUCKET,
        None,  # type: ignore[arg-type]
    )
    print("run | seconds to hash | seconds to send | bytes sent | requests")
    once("first", connection, data, requests)
    once("the same again", connection, data, requests)
    (data / "00007.bin").write_bytes(os.urandom(1_000_000))
    once("one file changed", connection, data, requests)


def once(what: str, connection: Connection, data: Path, requests: Counter[str]) -> None:
    requests.clear()
    meter, begun = Meter(), time.perf_counter()
    with packed([LocalFile(data, Kind.CHANNEL, "s3://any")], Places(BUCKET, BUCKET)) as parcels:
        hashed = time.perf_counter()
        for parcel in parcels.values():
            ship(connection, surveyed(connection, parcel), meter)
    sent = time.perf_counter()
    counts = ", ".join(f"{count} {name}" for name, count in sorted(requests.items()))
    print(f"{what} | {hashed - begun:.1f} | {sent - hashed:.1f} | {meter.size:,} | {counts}")


if __name__ == "__main__":
    main()
