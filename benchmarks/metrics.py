"""How fast metrics are read out of a log: MB/s, and how much faster than a plain loop.

``python benchmarks/metrics.py [MEGABYTES]``. Lines of about 80 bytes, five definitions.
"""

import re
import sys
import time

from orchestrator.training.metrics import MetricReader, number
from orchestrator.training.spec import MetricDefinition

PREFIX = "2026-03-01 12:00:00,123 INFO trainer.loop"
QUIET = f"{PREFIX} step 1200 took 0.123 s, 812.5 samples a second"
NAMES = ("loss", "accuracy", "val_loss", "val_accuracy", "rmse")
DEFINITIONS = {
    "literal": [rf" {name}=([-+0-9.eE]+);" for name in NAMES],
    "lazy": [rf" {name}=(.*?);" for name in NAMES],
    "xgboost": [rf".*\[[0-9]+\].*#011validation-{name}:(\S+)" for name in NAMES],
    "no literal": [rf"(?: |\t)(?:{name}|{name.upper()})=(\S+);" for name in NAMES],
}


def a_log(megabytes, *, every, tabs):
    """Lines of which one in `every` says one of the metrics."""
    if tabs:
        loud = [f"[12]\ttrain-error:0.52345\tvalidation-{name}:0.12345" for name in NAMES]
    else:
        loud = [f"{PREFIX} epoch 3 step 1200 {name}=0.12345; and more" for name in NAMES]
    lines = [
        loud[number // every % len(loud)] if number % every == 0 else QUIET
        for number in range(megabytes * 1_000_000 // len(QUIET))
    ]
    return "\n".join(lines) + "\n"


def plain_loop(definitions, text):
    """What one would write first: every expression on every line."""
    found = []
    for line in text.split("\n"):
        escaped = re.sub(r"[\x00-\x1f]", lambda match: f"#{ord(match[0]):03o}", line)
        for definition in definitions:
            match = re.search(definition.regex, escaped)
            if match and (value := number(match[1])) is not None:
                found.append((definition.name, value))
    return found


def seconds(act):
    start = time.perf_counter()
    result = act()
    return time.perf_counter() - start, result


def measure(kind, every, megabytes):
    tabs = kind == "xgboost"
    text = a_log(megabytes, every=every, tabs=tabs)
    definitions = [
        MetricDefinition(name, regex) for name, regex in zip(NAMES, DEFINITIONS[kind], strict=True)
    ]
    lines = text.splitlines(keepends=True)
    chunks = ["".join(lines[at : at + 10_000]) for at in range(0, len(lines), 10_000)]
    reader = MetricReader(definitions)
    ours, found = seconds(lambda: [each for chunk in chunks for each in reader.read(chunk)])
    plain, _ = seconds(lambda: plain_loop(definitions, text))
    size = len(text) / 1e6
    print(
        f"{kind:10} 1 line in {every:2}: {size / ours:7.1f} MB/s, {plain / ours:5.1f} x a plain"
        f" loop, {len(found)} values{''.join(reader.given_up)}"
    )


def main():
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for kind in DEFINITIONS:
        for every in (10, 1):
            measure(kind, every, megabytes)


if __name__ == "__main__":
    main()
