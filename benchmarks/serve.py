"""How soon `amt serve` answers, how much memory it has, and how many requests a second it answers.

python benchmarks/serve.py [REQUESTS]
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import psutil

HEADERS = {
    "X-Amz-Target": "SageMaker.ListTrainingJobs",
    "Content-Type": "application/x-amz-json-1.1",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main(requests: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "orchestrator", "serve", "--json", "--port", "0"]
        server = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "AMT_HOME": home}
        )
        assert server.stdout is not None
        port = int(json.loads(server.stdout.readline())["url"].rpartition(":")[2])
        print(f"ready          {time.perf_counter() - begun:.2f} s, {memory(server):.0f} MB")
        times = asked(port, requests)
        print(f"List           p50 {statistics.median(times) * 1e3:.2f} ms, "
              f"p99 {statistics.quantiles(times, n=100)[98] * 1e3:.2f} ms, "
              f"{requests / sum(times):.0f} a second, one client")  # fmt: skip
        begun = time.perf_counter()
        threads = [threading.Thread(target=asked, args=(port, requests // 8)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(f"List           {requests / (time.perf_counter() - begun):.0f} a second, 8 clients")
        begun = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM)
        assert connection.getresponse().read()
        print(f"first of moto  {time.perf_counter() - begun:.2f} s, {memory(server):.0f} MB")
        server.terminate()
        server.wait()


def memory(server: subprocess.Popen[str]) -> float:
    return psutil.Process(server.pid).memory_info().rss / 1e6


def asked(port: int, requests: int) -> list[float]:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(requests):
        begun = time.perf_counter()
        connection.request("POST", "/", b"{}", HEADERS)
        assert connection.getresponse().read()
        times.append(time.perf_counter() - begun)
    connection.close()
    return times


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000)
