"""Pages under change: whatever comes and goes between two of them, each job that was there all
the while is told once, no job twice, and in order.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.clock import VirtualClock
from orchestrator.endpoint.emulator import Call, Emulator
from orchestrator.endpoint.operations import LOGS, SAGEMAKER
from orchestrator.store.memory import MemoryStore
from orchestrator.store.protocol import Change, JobKind, JobRow
from orchestrator.store.sqlite import SqliteStore
from orchestrator.strategy import registry
from orchestrator.training.spec import Scope
from tests.wire.conftest import ACCOUNT, REGION, ListedLogs, load

SCOPE = Scope(ACCOUNT, REGION)
ROOT = SCOPE.arn("hyper-parameter-tuning-job", "tune")
NAMES = [f"{letter}{number}" for letter in "AbCd" for number in range(4)]
GROUP = "/aws/sagemaker/TrainingJobs"
TRAINING = load("v3-train-CreateTrainingJob")
TUNING = load("v3-tune-CreateHyperParameterTuningJob")
STATUSES = ["Completed", "Failed", "InProgress"]


def a_job(name, moment, status="Completed", objective=None):
    state = {
        "status": status,
        "secondary": status,
        "created": float(moment),
        "modified": float(moment),
        "started": float(moment),
        "transitions": [],
        "hosts": ["algo-1"],
        "objective_value": objective,
    }
    return JobRow(
        arn=SCOPE.arn("training-job", name),
        kind=JobKind.TRAINING,
        name=name,
        account=ACCOUNT,
        region=REGION,
        root=ROOT,
        number=1,
        status=status,
        created=float(moment),
        modified=float(moment),
        objective=objective,
        request=TRAINING,
        state=state,
    )


def the_tuning_job():
    row = a_job("tune", 0)
    return replace(row, arn=ROOT, kind=JobKind.TUNING, request=TUNING)


def asking(store, operations, operation):
    """Ask that operation, as the endpoint does once a request has been checked."""
    emulator = Emulator(
        driver=None,
        store=store,
        clock=VirtualClock(),
        has_objects=lambda _: True,
        logs=ListedLogs(),
        strategies=registry.supported,
    )
    return lambda **request: operations[operation](Call(operation, SCOPE, emulator), request)


def by(sort_key):
    return lambda row: (sort_key(row), row.name)


QUESTIONS = [
    ("ListTrainingJobs", {"SortBy": "Name"}, by(lambda row: row.name)),
    ("ListTrainingJobs", {}, by(lambda row: row.created)),
    ("ListTrainingJobs", {"SortBy": "Status"}, by(lambda row: row.status)),
    (
        "ListTrainingJobsForHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "tune", "SortBy": "FinalObjectiveMetricValue"},
        by(lambda row: row.objective),
    ),
    ("Search", {"Resource": "TrainingJob"}, by(lambda row: row.modified)),
    ("Search", {"Resource": "TrainingJob", "SortBy": "TrainingJobName"}, by(lambda row: row.name)),
]


def told_names(answer):
    records = answer.get("TrainingJobSummaries") or [
        record["TrainingJob"] for record in answer.get("Results", ())
    ]
    return [record["TrainingJobName"] for record in records]


jobs = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        lambda moment, status, value: (moment, status, value),
        st.integers(1, 3),
        st.sampled_from(STATUSES),
        st.sampled_from([-1.0, 0.0, 0.5]),
    ),
)
changes = st.lists(st.tuples(st.sets(st.sampled_from(NAMES), max_size=3), jobs), max_size=6)


def walk(ask, names_of, books, changed):
    """The names on all pages, and the jobs of each moment; a change of the books after a page."""
    moments, told, token, changed = [dict(books.rows)], [], None, list(changed)
    while True:
        answer = ask(token)
        told += names_of(answer)
        token = answer.get("NextToken") or answer.get("nextToken")
        if token is None:
            return told, moments
        if changed:
            books.change(*changed.pop(0))
            moments.append(dict(books.rows))


def throughout(moments):
    """The jobs that were there at every moment, by name."""
    first, *later = moments
    return {name: row for name, row in first.items() if all(m.get(name) is row for m in later)}


class Books:
    """Jobs that come and go in a store."""

    def __init__(self, store, first):
        self.store = store
        self.rows = {}
        store.commit(Change(create=(the_tuning_job(),)))
        self.change(set(), first)

    def change(self, gone, come):
        deleted = [self.rows.pop(name) for name in sorted(gone & self.rows.keys())]
        added = {n: a_job(n, *values) for n, values in come.items() if n not in self.rows}
        self.rows |= added
        arns = tuple(row.arn for row in deleted)
        self.store.commit(Change(delete=arns))
        self.store.commit(Change(create=tuple(added.values())))


@pytest.fixture(params=["memory", "sqlite"])
def store_of(request, tmp_path_factory):
    """Makes fresh stores, and closes them."""
    made = []

    def make():
        kind = request.param
        made.append(
            MemoryStore() if kind == "memory" else SqliteStore(tmp_path_factory.mktemp("home"))
        )
        return made[-1]

    yield make
    for store in made:
        store.close()


relaxed = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q[0]}-{q[1].get('SortBy')}")
@relaxed
@given(jobs, changes, st.integers(1, 4), st.booleans())
def test_pages_are_right_whatever_comes_and_goes(store_of, question, first, changed, size, down):
    operation, members, key = question
    books = Books(store_of(), first)
    send = asking(books.store, SAGEMAKER, operation)
    asked = members | {"SortOrder": "Descending" if down else "Ascending", "MaxResults": size}
    told, moments = walk(lambda token: send(**asked, NextToken=token), told_names, books, changed)
    kept = throughout(moments)
    assert [name for name in told if name in kept] == sorted(
        kept, key=lambda name: key(kept[name]), reverse=down
    )
    assert set(told) <= {name for moment in moments for name in moment}


@relaxed
@given(jobs, changes, st.integers(1, 4), st.booleans())
def test_log_streams_are_right_whatever_comes_and_goes(store_of, first, changed, size, down):
    books = Books(store_of(), first)
    send = asking(books.store, LOGS, "DescribeLogStreams")
    asked = {"logGroupName": GROUP, "limit": size, "descending": down}
    told, moments = walk(
        lambda token: send(**asked, nextToken=token),
        lambda answer: [s["logStreamName"].partition("/")[0] for s in answer["logStreams"]],
        books,
        changed,
    )
    kept = throughout(moments)
    assert [name for name in told if name in kept] == sorted(kept, reverse=down)
