"""Logistic regression on several hosts: every host its share of the data, one common model.

Nothing but the standard library. The first host is the meeting point: each epoch every host
sends it the sum of its gradients, and gets back the mean over all of them. That is what
collective-communication libraries do, only slower.
"""

import argparse
import contextlib
import json
import math
import os
import pathlib
import random
import socket
import time

PORT = 7777
PATIENCE_SECONDS = 60


class Meeting:
    """Sums lists of numbers over all hosts, through the first one."""

    def __init__(self, hosts, rank):
        self.rank = rank
        if rank:
            self.lines = [call(hosts[0])]
        else:
            with socket.create_server(("", PORT)) as door:
                door.settimeout(PATIENCE_SECONDS)
                self.lines = [door.accept()[0].makefile("rw") for _ in hosts[1:]]

    def sum(self, numbers):
        """Add up, place by place, what every host says; all of them must call this."""
        if self.rank:
            send(self.lines[0], numbers)
            return json.loads(self.lines[0].readline())
        heard = [numbers, *(json.loads(line.readline()) for line in self.lines)]
        total = [sum(column) for column in zip(*heard, strict=True)]
        for line in self.lines:
            send(line, total)
        return total

    def close(self):
        """Hang up."""
        for line in self.lines:
            line.close()


def call(host):
    """Connect to the first host, which may still be starting."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            return socket.create_connection((host, PORT), timeout=PATIENCE_SECONDS).makefile("rw")
        time.sleep(0.1)  # nothing tells when another host is up
    raise SystemExit(f"{host}:{PORT} does not answer")


def send(line, numbers):
    line.write(json.dumps(numbers) + "\n")
    line.flush()


def rows(folder):
    """Label and features of every line of every file."""
    for file in sorted(pathlib.Path(folder).glob("*.csv")):
        for line in file.read_text().splitlines():
            label, *features = map(float, line.split(","))
            yield label, [1.0, *features]


def gradient(batch, weights):
    """Sum of the gradients, sum of the losses and number of rows, as one list."""
    total, loss = [0.0] * len(weights), 0.0
    for label, features in batch:
        score = sum(w * x for w, x in zip(weights, features, strict=True))
        guess = 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))
        loss -= math.log(guess if label else 1 - guess)
        total = [t + (guess - label) * x for t, x in zip(total, features, strict=True)]
    return [*total, loss, len(batch)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--batch-share", type=float, default=1.0)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()

    hosts = sorted(json.loads(os.environ["SM_HOSTS"]))
    rank = hosts.index(os.environ["SM_CURRENT_HOST"])
    mine = list(rows(os.environ["SM_CHANNEL_TRAIN"]))
    print(f"host {rank + 1} of {len(hosts)}: {len(mine)} rows", flush=True)

    meeting = Meeting(hosts, rank)
    chance = random.Random(rank)
    weights = [0.0] * len(mine[0][1])
    for epoch in range(1, args.epochs + 1):
        batch = chance.sample(mine, max(1, round(args.batch_share * len(mine))))
        *total, loss, count = meeting.sum(gradient(batch, weights))
        weights = [w - args.learning_rate * t / count for w, t in zip(weights, total, strict=True)]
        if rank == 0:  # all hosts know the same; one says it
            print(f"epoch={epoch} rows={count} train-loss={loss / count:.6f}", flush=True)
    meeting.close()

    if rank == 0:
        model = pathlib.Path(os.environ["SM_MODEL_DIR"], "weights.json")
        model.write_text(json.dumps(weights))


if __name__ == "__main__":
    main()
