"""A Python program that creates the job with boto3, waits, and prints the best."""

from __future__ import annotations

from orchestrator.formats.protocol import (
    Format,
    Json,
    Reading,
    Source,
    ordered,
    unknown,
)
from orchestrator.formats.python_text import found, literal, mentions

_PROGRAM = '''\
"""Creates the tuning job, waits for its end and prints its best training job."""

import json
import os
import sys
import time

import boto3

REQUEST = {request}


def main():
    sagemaker = boto3.client("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(**REQUEST)
    name = REQUEST["HyperParameterTuningJobName"]
    while True:
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        status = job["HyperParameterTuningJobStatus"]
        if status not in ("InProgress", "Stopping"):
            break
        time.sleep(float(os.environ.get("POLL_SECONDS", "30")))
    print(json.dumps(job.get("BestTrainingJob"), default=str, indent=2))
    return {{"Completed": 0, "Stopped": 3}}.get(status, 1)


if __name__ == "__main__":
    sys.exit(main())
'''


def render(request: Json) -> str:
    """The program."""
    return _PROGRAM.format(request=literal(request))


def read(source: Source) -> Reading:
    """The request that stands in the program, as a mapping or as a call's arguments."""
    request = found(source)
    return Reading(ordered(request), tuple(unknown(request)))


FORMAT = Format("boto3", "a boto3 program", mentions, read, render)
