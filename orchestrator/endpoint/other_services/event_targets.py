"""moto's EventBridge, taught the targets it lacks and to keep targets apart.

Topics and state machines receive events, beside the queues, log groups, buses and archives
that moto knows; what one target cannot take does not keep an event from the others. Inputs of
targets are `event_inputs`' business, and a rule that is disabled or scheduled sends nothing.
"""

from __future__ import annotations

import copy
import json
import logging
import secrets
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from moto.core.exceptions import JsonRESTError
from moto.events.models import Rule, events_backends
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from orchestrator.client.embedding import Request, call
from orchestrator.endpoint.other_services import event_inputs
from orchestrator.endpoint.protocols import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from wsgiref.types import WSGIApplication

    from orchestrator.training.spec import Scope

    Keys = Callable[[str], Mapping[str, str]]

_log = logging.getLogger(__name__)

FORBIDDEN = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}
MOST_ENTRIES = 10
_stock = Rule.send_to_targets


def install(road: WSGIApplication, keys: Keys) -> None:
    """Teach it, for this process; a later call sends executions down another road.

    Args:
        road: The endpoint that state machines are started at.
        keys: What a role signs with.
    """
    deliver = _Delivery(road, keys)

    def send_to_targets(rule: Any, original_event: Any, transform_input: bool = True) -> None:  # noqa: ANN401, FBT001, FBT002  (moto's)
        pattern = rule.event_pattern
        scheduled = rule.scheduled_expression and not pattern.get_pattern()
        if rule.state == "DISABLED" or scheduled or not pattern.matches_event(original_event):
            return
        for target in list(rule.targets):
            try:
                if not deliver.to(rule, target, original_event):
                    alone = copy.copy(rule)
                    alone.targets = [target]
                    _stock(alone, copy.deepcopy(original_event), transform_input)
            except Exception as fault:  # noqa: BLE001  (whatever a target does with an event)
                _log.warning("an event was not delivered to %s: %r", target.get("Arn"), fault)

    cast("Any", Rule).send_to_targets = send_to_targets


def put(scope: Scope, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give events to the rules of a bus; one answer for each.

    Raises:
        Refused: The bus is none, or the entries are too many.
    """
    try:
        found: list[dict[str, Any]] = events_backends[scope.account][scope.region].put_events(
            entries
        )
    except JsonRESTError as refusal:
        raise Refused(str(refusal.error_type), str(refusal.message)) from None
    return found


def put_by_users(scope: Scope, request: dict[str, Any]) -> dict[str, Any] | None:
    """PutEvents: entries in the name of AWS are refused, one by one (documented)."""
    entries = request.get("Entries") or []
    ours = [str(each.get("Source", "")).lower().startswith("aws.") for each in entries]
    if not any(ours) or len(entries) > MOST_ENTRIES:
        return None
    taken = [each for each, refused in zip(entries, ours, strict=True) if not refused]
    answers = iter(put(scope, taken) if taken else ())
    told = [FORBIDDEN if refused else next(answers) for refused in ours]
    return {"FailedEntryCount": sum("ErrorCode" in each for each in told), "Entries": told}


class _Delivery:
    """Events on their way to the targets that are ours to serve."""

    def __init__(self, road: WSGIApplication, keys: Keys) -> None:
        self._road, self._keys = road, keys

    def to(self, rule: Any, target: dict[str, Any], event: Any) -> bool:  # noqa: ANN401
        """Deliver an event; False when moto is to do it."""
        arn = parse_arn(target["Arn"])
        names = {"rule-arn": rule.arn, "rule-name": rule.name}
        text = event_inputs.text(target, _sent(event), names)
        account, region = arn.account, arn.region
        match arn.service:
            case "sns":
                sns_backends[account][region].publish(text, arn=target["Arn"])
            case "sqs":
                group = target.get("SqsParameters", {}).get("MessageGroupId")
                queues = sqs_backends[account][region]
                queues.send_message(arn.resource_id, text, group_id=group)
            case "logs":
                self._write(arn, text, event)
            case "states":
                self._start(target, region, text)
            case _:
                return False
        return True

    def _write(self, arn: Any, text: str, event: Any) -> None:  # noqa: ANN401
        groups, stream = logs_backends[arn.account][arn.region], _name()
        group = arn.resource_id.removesuffix(":*")
        groups.create_log_stream(group, stream)
        line = {"timestamp": round(_moment(event).timestamp() * 1000), "message": text}
        groups.put_log_events(group, stream, [line])

    def _start(self, target: dict[str, Any], region: str, text: str) -> None:
        keys = self._keys(target.get("RoleArn", ""))
        credential = f"{keys['aws_access_key_id']}/20260101/{region}/states/aws4_request"
        headers = {
            "X-Amz-Target": "AWSStepFunctions.StartExecution",
            "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, Signature=amt",
            "Content-Type": "application/x-amz-json-1.0",
        }
        if token := keys.get("aws_session_token"):
            headers["X-Amz-Security-Token"] = token
        asked = {"stateMachineArn": target["Arn"], "input": text, "name": _name()}
        answered = call(
            self._road, Request("POST", "http://localhost/", headers, json.dumps(asked))
        )
        if answered.status >= 400:  # noqa: PLR2004  (HTTP)
            raise Refused("Undelivered", answered.body.decode(errors="replace"))


def _sent(event: Any) -> dict[str, Any]:  # noqa: ANN401  (moto's message)
    """An event as AWS sends it."""
    told = {name: value for name, value in event.items() if name != "ingestion-time"}
    return told | {"time": _moment(event).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _moment(event: Any) -> datetime:  # noqa: ANN401
    at = event["time"]
    if isinstance(at, str) and not at.replace(".", "", 1).isdigit():
        return datetime.fromisoformat(at)
    return datetime.fromtimestamp(float(at), UTC)


def _name() -> str:
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))
