"""Both stores keep the same contract, and agree on whatever is done to them."""

import tempfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from orchestrator.errors import AmtError
from orchestrator.store.memory import MemoryStore
from orchestrator.store.protocol import Change, JobKind, Order
from orchestrator.store.sqlite import SqliteStore
from orchestrator.tuning import events as tuning
from tests.contracts.store_contract import HERE, ROOT, StoreContract, a_query, a_row


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self):
        store = MemoryStore()
        yield store
        store.close()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        store = SqliteStore(tmp_path / "home")
        yield store
        store.close()


NAMES = st.sampled_from(["tune", "tune-2", "a", "b", "B2", "ab", "c"])
MOMENTS = st.sampled_from([1.0, 2.0, 2.5, 3.0])
STATUSES = st.sampled_from(["InProgress", "Completed", "Failed"])
OBJECTIVES = st.none() | st.sampled_from([-1.0, 0.0, 0.5, 2.0])
ROWS = st.builds(
    a_row, NAMES, created=MOMENTS, modified=MOMENTS, status=STATUSES, objective=OBJECTIVES
)
EVENTS = st.tuples(NAMES.map(lambda name: a_row(name).arn), st.builds(tuning.Woke, MOMENTS))
BOUND = st.none() | MOMENTS
QUERIES = st.builds(
    a_query,
    st.sampled_from(JobKind),
    root=st.none() | st.just(ROOT),
    children_only=st.booleans(),
    status=st.none() | STATUSES,
    name_contains=st.none() | st.sampled_from(["a", "B", "tune", ""]),
    created_after=BOUND,
    modified_before=BOUND,
    order=st.sampled_from(Order),
    descending=st.booleans(),
    limit=st.integers(0, 4),
)


class Agreement(RuleBasedStateMachine):
    """MemoryStore is short enough to be believed; SqliteStore must answer the same."""

    def __init__(self):
        super().__init__()
        self.cleanup = ExitStack()
        home = Path(self.cleanup.enter_context(tempfile.TemporaryDirectory()))
        self.stores = [MemoryStore(), SqliteStore(home)]

    def teardown(self):
        for store in self.stores:
            store.close()
        self.cleanup.close()

    def both(self, ask):
        answers = []
        for store in self.stores:
            try:
                answers.append(ask(store))
            except AmtError as error:
                answers.append(type(error))
        assert answers[0] == answers[1]
        return answers[0]

    @rule(
        create=st.lists(ROWS, max_size=2),
        events=st.lists(EVENTS, max_size=2),
        update=st.lists(ROWS, max_size=2),
        delete=st.lists(NAMES, max_size=1),
        done=st.lists(st.integers(1, 6), max_size=1),
    )
    def commit(self, create, events, update, delete, done):
        gone = tuple(a_row(name).arn for name in delete)
        change = Change(tuple(create), tuple(events), tuple(update), gone, tuple(done))
        self.both(lambda store: store.commit(change))

    @rule(create=st.lists(ROWS, max_size=7, unique_by=lambda row: row.arn))
    def fill(self, create):
        for row in create:
            self.both(lambda store, row=row: store.commit(Change(create=(row,))))

    @rule(name=NAMES)
    def send(self, name):
        row = a_row(name)
        self.both(lambda store: store.send(row.root, row.arn, "stop"))

    @rule(query=QUERIES)
    def page_through(self, query):
        total = self.both(lambda store: store.count(query))
        seen = 0
        for _ in range(10):
            page = self.both(lambda store, query=query: list(store.find(query)))
            seen += len(page)
            if not page:
                break
            last = page[-1]
            value = {
                Order.NAME: last.name,
                Order.CREATED: last.created,
                Order.STATUS: last.status,
                Order.OBJECTIVE: last.objective,
            }[query.order]
            query = replace(query, after=(value, last.name))
        assert seen == (total if query.limit else 0)

    @invariant()
    def the_same_is_remembered(self):
        for name in ("tune", "tune-2", "a", "b", "B2", "ab", "c"):
            arn = a_row(name).arn
            self.both(lambda store, arn=arn: store.row(arn))
            self.both(lambda store, arn=arn: list(store.journal(arn)))
        self.both(lambda store: list(store.commands([ROOT, HERE.arn("x", "y")])))


Agreement.TestCase.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
TestAgreement = Agreement.TestCase
