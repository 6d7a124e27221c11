"""A GitHub Actions workflow that runs the job with credentials by OpenID Connect.

The request travels in an environment variable, so that no shell reads it; ``${{``, which GitHub
would evaluate, is written as an expression that says those characters.
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Remark,
    Source,
    Weight,
    as_json,
    is_request,
    ordered,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARIABLE = "TUNING_REQUEST"
_OPEN = "${{"
_ESCAPED = "${{ '${{' }}"
_LONGEST = 21_000
"""Characters of a text with an expression in it (observed)."""
_WORKFLOW = """\
name: {title}

on:
  workflow_dispatch:
    inputs:
      name:
        description: The tuning job's name, unused in the account so far
        type: string
        required: true
        default: {name}

permissions:
  id-token: write
  contents: read

concurrency:
  group: {group}

jobs:
  tune:
    runs-on: ubuntu-latest
    timeout-minutes: 360
    steps:
      - name: Take the launcher's role
        # Version 4.0.2, by its commit, so that a tag that moves changes nothing.
        uses: aws-actions/configure-aws-credentials@e3dd6a429d7300a6a4c196c26e071d42e0343502
        with:
          role-to-assume: ${{{{ vars.AMT_ROLE_ARN }}}}
          aws-region: ${{{{ vars.AWS_REGION }}}}
      - name: Run the tuning job
        env:
          TUNING_NAME: ${{{{ inputs.name }}}}
          TUNING_REQUEST: |-
{request}
        run: |
          printf '%s' "$TUNING_REQUEST" >request.json
          aws sagemaker create-hyper-parameter-tuning-job \\
            --cli-input-json file://request.json --hyper-parameter-tuning-job-name "$TUNING_NAME"
          while :; do
            status=$(aws sagemaker describe-hyper-parameter-tuning-job \\
              --hyper-parameter-tuning-job-name "$TUNING_NAME" \\
              --query HyperParameterTuningJobStatus --output text)
            case $status in
            Completed) break ;;
            InProgress | Stopping) sleep 30 ;;
            *) echo "The tuning job ended $status." >&2; exit 1 ;;
            esac
          done
          aws sagemaker describe-hyper-parameter-tuning-job \\
            --hyper-parameter-tuning-job-name "$TUNING_NAME" \\
            --query BestTrainingJob --output json | tee -a "$GITHUB_STEP_SUMMARY"
"""


def render(request: Json) -> str:
    """The workflow's file."""
    name = str(request[NAME])
    return _WORKFLOW.format(
        title=json.dumps(f"Tune {name}"),
        name=json.dumps(name),
        group=json.dumps(f"tune-{name}"),
        request=textwrap.indent(_carried(request), " " * 12),
    )


def _carried(request: Json) -> str:
    return as_json(request).replace(_OPEN, _ESCAPED)


def remarks(request: Json) -> Iterator[Remark]:
    """What the workflow needs, and where it ends sooner."""
    yield Remark(NAME, "is asked for at each run; the one in the file is its default")
    yield Remark(
        "", "The workflow takes its role and region from the variables AMT_ROLE_ARN and AWS_REGION"
    )
    yield Remark("", "GitHub ends a job after six hours; the tuning job goes on")
    text = _carried(request)
    if _OPEN in text and len(text) > _LONGEST:
        yield Remark("", f"GitHub evaluates no text longer than {_LONGEST}", Weight.IMPOSSIBLE)


def recognises(source: Source) -> bool:
    """A workflow that has a request in a variable or a script."""
    return any(True for _ in _requests(source.data))


def read(source: Source) -> Reading:
    """The request that the workflow carries."""
    request = next(_requests(source.data), None)
    if request is None:
        raise source.refused("carries no request", f"It must have one in {_VARIABLE}.")
    return Reading(ordered(request), tuple(unknown(request)))


def _requests(data: Any) -> Iterator[Json]:  # noqa: ANN401  (any YAML value)
    jobs = data.get("jobs") if isinstance(data, dict) else None
    for job in jobs.values() if isinstance(jobs, dict) else ():
        steps = job.get("steps") if isinstance(job, dict) else None
        for step in steps if isinstance(steps, list) else ():
            yield from _of_step(step)


def _of_step(step: object) -> Iterator[Json]:
    variables = step.get("env") if isinstance(step, dict) else None
    for text in variables.values() if isinstance(variables, dict) else ():
        try:
            value = json.loads(str(text).replace(_ESCAPED, _OPEN))
        except ValueError:
            continue
        if is_request(value):
            yield value


FORMAT = Format("github", "a GitHub workflow", recognises, read, render, remarks)
