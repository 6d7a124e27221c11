"""What the Docker runtime costs beyond Docker: a no-op training against its bare container.

Both sides run in turn, so that a busy machine slows both. The bare side is the same container
(image, command, mount, limits, network) through the SDK's low-level client: create, start,
wait, logs, remove. The runtime's side is start, poll until Exited, discard, with its folders
and files made and removed.

    python benchmarks/docker_overhead.py [--image IMAGE] [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

import docker

from orchestrator.clock import SystemClock
from orchestrator.runtime.docker import DockerRuntime
from orchestrator.runtime.protocol import Exited, Launch
from orchestrator.training.spec import HOMOGENEOUS, InstanceGroup, Scope, TrainingSpec

COMMAND = ["/bin/true"]
GIB = 1 << 30
TARGET = 1.25


def bare(client: docker.APIClient, image: str, folder: Path) -> float:
    """Seconds of one container through the SDK."""
    machine = client.info()  # not counted: the runtime asks once and remembers
    begun = time.perf_counter()
    memory = min(8 * GIB, machine["MemTotal"])
    container = client.create_container(
        image,
        [],
        entrypoint=COMMAND,
        hostname="algo-1",
        host_config=client.create_host_config(
            mounts=[docker.types.Mount("/opt/ml", str(folder), type="bind")],
            nano_cpus=int(min(2, machine["NCPU"]) * 1e9),
            mem_limit=memory,
            memswap_limit=memory,
            shm_size=memory // 2,
            network_mode="bridge",
        ),
    )["Id"]
    client.start(container)
    client.wait(container)
    client.logs(container)
    client.remove_container(container, v=True, force=True)
    return time.perf_counter() - begun


def child(runtime: DockerRuntime, image: str, number: int, news: threading.Event) -> float:
    """Seconds of one training job, from start to nothing left."""
    spec = TrainingSpec(
        f"noop-{number}",
        Scope("000000000000", "us-east-1"),
        image=image,
        entrypoint=tuple(COMMAND),
        instance_groups=(InstanceGroup(HOMOGENEOUS, "ml.m5.large", 1),),
    )
    launch = Launch(spec)
    begun = time.perf_counter()
    runtime.start(launch)
    while not any(isinstance(sighting, Exited) for sighting in runtime.poll()):
        news.wait(1)
        news.clear()
    runtime.discard(launch)
    return time.perf_counter() - begun


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--image", default="amt/own-trainer:latest")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    try:
        client = docker.APIClient(version="auto")
        client.inspect_image(options.image)
    except docker.errors.DockerException as error:
        print(f"not measured: {error} (start Docker, then: make images)")
        return
    with tempfile.TemporaryDirectory() as folder:
        runtime = DockerRuntime(Path(folder), SystemClock())
        news = threading.Event()
        runtime.on_wake(news.set)
        bare(client, options.image, Path(folder))
        child(runtime, options.image, 0, news)
        pairs = [
            (bare(client, options.image, Path(folder)), child(runtime, options.image, n, news))
            for n in range(1, options.rounds + 1)
        ]
        runtime.close()
    client.close()
    plain, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"bare container   {plain * 1000:7.1f} ms (median of {options.rounds})")
    print(f"runtime's child  {ours * 1000:7.1f} ms")
    print(f"ratio            {ours / plain:7.3f}    (target: at most {TARGET})")


if __name__ == "__main__":
    main()
