"""A shell script that creates the job with the AWS CLI, waits, and prints the best.

The request stands in a quoted here-document, where a shell expands nothing; it is ASCII, and a
JSON string holds no line break, so no line of it can be the one that ends the document. Other
people's commands are read too, as far as their values are JSON.
"""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from orchestrator.formats.protocol import (
    NAME,
    Format,
    Json,
    Reading,
    Source,
    as_json,
    is_request,
    ordered,
    unknown,
)

_COMMAND = "create-hyper-parameter-tuning-job"
_SCRIPT = """\
#!/bin/sh
# Creates the tuning job, waits for its end and prints its best training job.
# Exit status: 0 completed, 1 failed, 3 stopped.
set -eu
request=$(mktemp)
trap 'rm -f "$request"' EXIT
cat >"$request" <<'REQUEST'
{request}
REQUEST
name={name}

aws sagemaker create-hyper-parameter-tuning-job --cli-input-json "file://$request"
while :; do
  status=$(aws sagemaker describe-hyper-parameter-tuning-job \\
    --hyper-parameter-tuning-job-name "$name" \\
    --query HyperParameterTuningJobStatus --output text)
  case $status in
  Completed) break ;;
  Stopped) exit 3 ;;
  InProgress | Stopping) sleep "${{POLL_SECONDS:-30}}" ;;
  *) exit 1 ;;
  esac
done
aws sagemaker describe-hyper-parameter-tuning-job \\
  --hyper-parameter-tuning-job-name "$name" --query BestTrainingJob --output json
"""
_HERE_DOCUMENT = re.compile(
    r"<<-?\s*(['\"]?)([A-Za-z_]\w*)\1[^\n]*\n(.*?)\n[ \t]*\2[ \t]*(?:\n|\Z)", re.DOTALL
)
_JSON_OPTION = "--cli-input-json"


def render(request: Json) -> str:
    """The script."""
    return _SCRIPT.format(request=as_json(request), name=shlex.quote(str(request[NAME])))


def recognises(source: Source) -> bool:
    """A text with the command."""
    return _COMMAND in source.text


def read(source: Source) -> Reading:
    """The request of the script's first command that creates a tuning job."""
    for _, _, body in _HERE_DOCUMENT.findall(source.text):
        request = _loaded(body)
        if is_request(request):
            return Reading(ordered(request), tuple(unknown(request)))
    request = _from_options(source, _options(source))
    return Reading(ordered(request), tuple(unknown(request)))


def _loaded(text: str) -> Any:  # noqa: ANN401  (any JSON value)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _options(source: Source) -> dict[str, str]:
    """The command's options as a shell would pass them, variables aside."""
    try:
        words = shlex.split(source.text.replace("\\\n", " "), comments=True)
    except ValueError as error:
        raise source.refused(f"cannot be read: {error}", "Check its quotes.") from None
    if _COMMAND not in words:
        raise source.refused(f"has no {_COMMAND}", "Give the script that creates the job.")
    rest, found, option = words[words.index(_COMMAND) + 1 :], {}, ""
    for word in rest:
        if word.startswith("--"):
            option, equals, value = word.partition("=")
            found[option] = value if equals else ""
        elif option and not found[option]:
            found[option] = word
        else:
            break
    return found


def _from_options(source: Source, options: dict[str, str]) -> Json:
    request: Json = {}
    if _JSON_OPTION in options:
        whole = _value(source, _JSON_OPTION, options.pop(_JSON_OPTION))
        request = whole if isinstance(whole, dict) else {}
    for option, value in options.items():
        member = "".join(word.capitalize() for word in option.strip("-").split("-"))
        if member == NAME:
            request[member] = value
        elif _is_member(member):
            request[member] = _value(source, option, value)
    if not is_request(request):
        mend = f"Its values must be JSON: {_JSON_OPTION} '{{…}}'."
        raise source.refused(f"has no whole request in its {_COMMAND}", mend)
    return request


def _is_member(name: str) -> bool:
    """Whether an option of the command says a member (others are the CLI's own)."""
    return bool(ordered({name: None}))


def _value(source: Source, option: str, text: str) -> Any:  # noqa: ANN401  (any JSON value)
    value = _loaded(text)
    if value is None:
        mend = "Write its value as JSON in the script; no file and no shorthand is read."
        raise source.refused(f"{option} is no JSON", mend)
    return value


FORMAT = Format("aws-cli", "a script for the AWS CLI", recognises, read, render)
