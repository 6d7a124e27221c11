"""Hypothesis strategies for requests: valid ones, ones with a single thing wrong, hostile ones.

Valid requests come from the service model or are those of real clients; what is "nearly valid" is
one of these with one change. Names are drawn from those of the jobs that are there, of jobs that
were, and of nobody.
"""

from __future__ import annotations

import copy
import json

from hypothesis import strategies as st

from tests.fidelity.scenarios import service_of
from tests.strategies import input_shape, values_of
from tests.wire.conftest import load

TUNING, TRAINING = "HyperParameterTuningJobName", "TrainingJobName"
ARN = "arn:aws:sagemaker:eu-west-1:111122223333"
GROUP = "/aws/sagemaker/TrainingJobs"

JOBS = ("done", "going", "over")
LONE = ("lone", "lasting")
NAMES = st.sampled_from([*JOBS, *LONE, "DONE", "nobody", "new-1", "new-2"])
TEXTS = st.sampled_from([
    "", " ", "\x00", "..", "../../etc/passwd", "a/../../b", "%2e%2e%2f", "\\..\\..", "-", "a" * 64,
    "a" * 5_000, "\ud800", "é", "\U0001f9ea", "\r\nSet-Cookie: a=b", "'; DROP TABLE job; --", "{{7*7}}",
    "$(id)", "s3://", "s3://../..", "s3://bkt/../x", "s3://bkt/%00", "arn:aws:sagemaker", f"{ARN}:a/b",
    "Bayesian", "InProgress", "Ascending", "null", "NaN", "-1", "1e999", "2026-13-45T99:99:99",
    "(a+)+$", "(?P<x", "[", "*", "\n", "loss=(.*)", "Tags.\u0130", "file:///etc/passwd",
])  # fmt: skip
NUMBERS = st.sampled_from([
    0, -1, 1, 2, 100, 101, 2**31 - 1, 2**31, 2**63, 10**400, -(10**400), 0.5, 1e308, -0.0, 5e-324, 1e17,
])  # fmt: skip
DEEP = 600


def _nested(kind):
    value = {} if kind is dict else []
    for _ in range(DEEP):
        value = {"a": value} if kind is dict else [value]
    return value


ANYTHING = st.one_of(
    TEXTS,
    NUMBERS,
    st.booleans(),
    st.none(),
    st.sampled_from([{}, [], [None], [[]], {"": ""}, {"a": None}, _nested(dict), _nested(list)]),
    st.builds(lambda text: [text] * 300, TEXTS),
    st.builds(lambda text: {f"{text}{n}": text for n in range(120)}, TEXTS),
)


def known(operation):
    """Requests of clients and small ones about the jobs that are there."""
    tuning = st.builds(lambda name: {TUNING: name}, NAMES)
    training = st.builds(lambda name: {TRAINING: name}, NAMES)
    arns = st.builds(
        lambda kind, name: f"{ARN}:{kind}/{name.lower()}",
        st.sampled_from(["hyper-parameter-tuning-job", "training-job", "model"]),
        NAMES,
    )
    tags = st.lists(
        st.builds(
            lambda key, value: {"Key": key, "Value": value}, st.sampled_from("abc"), st.text()
        ),
        max_size=3,
    )
    pages = st.fixed_dictionaries({}, optional={"MaxResults": st.integers(1, 100)})
    streams = st.builds(lambda name: f"{name}/algo-1-1", NAMES)
    if operation in {"CreateHyperParameterTuningJob", "CreateTrainingJob"}:
        return _creations(operation)
    made = {
        "ListTrainingJobsForHyperParameterTuningJob": st.builds(dict.__or__, tuning, pages),
        "AddTags": st.builds(lambda arn, tags: {"ResourceArn": arn, "Tags": tags}, arns, tags),
        "DeleteTags": st.builds(
            lambda arn, keys: {"ResourceArn": arn, "TagKeys": keys},
            arns,
            st.lists(st.sampled_from("abc"), min_size=1, max_size=3),
        ),
        "ListTags": st.builds(lambda arn: {"ResourceArn": arn}, arns),
        "Search": st.builds(_searches, st.sampled_from(["HyperParameterTuningJob", "TrainingJob"])),
        "DescribeLogStreams": st.just({"logGroupName": GROUP}),
        "GetLogEvents": st.builds(
            lambda name: {"logGroupName": GROUP, "logStreamName": name}, streams
        ),
        "FilterLogEvents": st.just({"logGroupName": GROUP, "filterPattern": '"a" -b'}),
    }
    if operation in made:
        return made[operation]
    if operation.startswith("List"):
        return pages
    return tuning if "HyperParameterTuningJob" in operation else training


def _searches(resource):
    status = "TrainingJobStatus" if resource == "TrainingJob" else "HyperParameterTuningJobStatus"
    one = {"Name": status, "Operator": "Equals", "Value": "Completed"}
    return {
        "Resource": resource,
        "MaxResults": 2,
        "SortBy": "CreationTime",
        "SearchExpression": {"Filters": [one], "SubExpressions": [{"Filters": [one]}]},
    }


BASES = {
    "CreateHyperParameterTuningJob": [
        load(f"{name}-CreateHyperParameterTuningJob")
        for name in ("v3-tune", "v2-several", "v2-xgboost")
    ],
    "CreateTrainingJob": [load("v3-train-CreateTrainingJob")],
}


def _creations(operation):
    member = TUNING if "Tuning" in operation else TRAINING
    return st.builds(
        lambda base, name: copy.deepcopy(base) | {member: name},
        st.sampled_from(BASES[operation]),
        NAMES,
    )


def valid(operation):
    """Shapes as they should be."""
    if service_of(operation).target_prefix != "SageMaker":
        return known(operation)
    generated = values_of(input_shape(operation))
    member = {"Tuning": TUNING}.get("Tuning" if "Tuning" in operation else "", TRAINING)
    members = input_shape(operation).members
    named = st.builds(
        lambda request, name: request | ({member: name} if member in members else {}),
        generated,
        NAMES,
    )
    return st.one_of(known(operation), generated, named)


@st.composite
def nearly(draw, request):
    """The request with one thing changed."""
    request = copy.deepcopy(request)
    places = list(_places(request))
    if not places:
        return request | {"Unknown": draw(ANYTHING)}
    holder, key = draw(st.sampled_from(places))
    change = draw(st.sampled_from(["replace", "drop", "add", "repeat", "respell"]))
    if change == "replace":
        holder[key] = draw(ANYTHING)
    elif change == "drop":
        del holder[key]
    elif change == "repeat" and isinstance(holder[key], list):
        holder[key] = holder[key] * draw(st.sampled_from([2, 30, 300]))
    elif change == "respell" and isinstance(holder, dict):
        holder[f"{key}".swapcase()] = holder.pop(key)
    elif isinstance(holder, dict):
        holder[draw(st.sampled_from(["Unknown", "", "__proto__", "NextToken", "a.b[0]"]))] = draw(
            ANYTHING
        )
    else:
        holder.append(draw(ANYTHING))
    return request


def _places(value):
    """(holder, key) of everything inside a request."""
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in list(entries):
            yield value, key
            yield from _places(inner)


@st.composite
def hostile(draw, operation):
    """A body of no, or not quite, a request."""
    body = json.dumps(draw(known(operation))).encode()
    kind = draw(st.sampled_from([*_SPOILT, "bytes", "cut", "changed"]))
    if kind == "bytes":
        return draw(st.binary(max_size=200))
    if kind == "cut":
        return body[: draw(st.integers(0, len(body)))]
    if kind == "changed":
        place = draw(st.integers(0, max(0, len(body) - 1)))
        return body[:place] + draw(st.binary(min_size=1, max_size=3)) + body[place + 1 :]
    return _SPOILT[kind](body)


_SPOILT = {
    "twice": lambda body: body + body,
    "listed": lambda body: b"[" + body + b"]",
    "told": lambda body: json.dumps(body.decode()).encode(),
    "marked": lambda body: b"\xef\xbb\xbf" + body,
    "wide": lambda body: body.decode().encode("utf-16"),
    "keys twice": lambda body: body[:-1] + b',"MaxResults":1,"MaxResults":"2"}',
    "no number": lambda body: body[:-1] + b',"MaxResults":NaN}',
    "no end": lambda body: body[:-1] + b',"MaxResults":1e999}',
    "long number": lambda body: body[:-1] + b',"MaxResults":' + b"9" * 6_000 + b"}",
    "deep": lambda _: b"[" * 100_000,
    "deep and closed": lambda _: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "half a pair": lambda body: body[:-1] + b',"Unknown":"\\ud800"}',
    "nothing": lambda _: b"null",
    "a word": lambda _: b"true",
    "blank": lambda _: b" \n\t",
    "wide key": lambda body: body[:-1] + b',"' + b"k" * 100_000 + b'":1}',
}
