"""What moto's Step Functions lacks and Terraform and pipelines ask."""

from __future__ import annotations

import json
import secrets
import uuid
from typing import TYPE_CHECKING, Any

from orchestrator.endpoint.other_services import asl, sagemaker_states
from orchestrator.endpoint.protocols import Refused

if TYPE_CHECKING:
    from orchestrator.training.spec import Scope

TARGET = "AWSStepFunctions"
MOST_DIAGNOSTICS = 100

Document = dict[str, Any]


def validate(_: Scope, request: Document) -> Document:
    """ValidateStateMachineDefinition: our rules of structure, then moto's parser.

    Raises:
        Refused: There is no definition.
    """
    definition = request.get("definition")
    if not isinstance(definition, str) or not definition:
        raise Refused("ValidationException", "Value at 'definition' is required.")
    most = int(request.get("maxResults") or MOST_DIAGNOSTICS)
    found = _faults(definition)
    told = [
        {
            "severity": "ERROR",
            "code": each.code,
            "message": each.message,
            **({"location": each.location} if each.location else {}),
        }
        for each in found[:most]
    ]
    return {
        "result": "FAIL" if found else "OK",
        "diagnostics": told,
        "truncated": len(found) > most,
    }


def checked(_: Scope, request: Document) -> None:
    """What CreateStateMachine and UpdateStateMachine say of a definition with faults.

    Raises:
        Refused: It has some.
    """
    definition = request.get("definition")
    found = _faults(definition) if isinstance(definition, str) else []
    if found:
        told = ", ".join(str(each) for each in found[:MOST_DIAGNOSTICS])
        raise Refused("InvalidDefinition", f"Invalid State Machine Definition: '{told}'")


def named(_: Scope, request: Document) -> None:
    """Name an execution that has none, as AWS does; moto calls each of them "None"."""
    if not request.get("name"):
        request["name"] = str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


def versions(scope: Scope, request: Document) -> Document:
    """ListStateMachineVersions.

    Raises:
        Refused: There is no such state machine.
    """
    from moto.stepfunctions.responses import get_backend  # noqa: PLC0415  (moto is lazy)

    arn = request.get("stateMachineArn", "")
    for machine in get_backend(scope.account, scope.region).state_machines:
        if machine.arn == arn:
            newest_first = sorted(machine.versions.values(), key=lambda each: -each.version)
            return {
                "stateMachineVersions": [
                    {
                        "stateMachineVersionArn": version.arn,
                        "creationDate": version.creation_date.timestamp(),
                    }
                    for version in newest_first
                ]
            }
    raise Refused("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def _faults(definition: str) -> list[asl.Diagnostic]:
    found = asl.faults(definition)
    return found or list(sagemaker_states.faults(json.loads(definition))) or _parsed(definition)


def _parsed(definition: str) -> list[asl.Diagnostic]:
    from moto.stepfunctions.parser.asl.parse.asl_parser import (  # noqa: PLC0415  (1.7 s)
        AmazonStateLanguageParser,
        ASLParserException,
    )

    try:
        AmazonStateLanguageParser.parse(definition)
    except ASLParserException as error:
        return [asl.Diagnostic(asl.SCHEMA, text) for text in error.errors]
    except Exception as error:  # noqa: BLE001  (whatever moto's parser raises is about the text)
        return [asl.Diagnostic(asl.SCHEMA, str(error) or repr(error))]
    return []
