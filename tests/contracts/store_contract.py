"""What every Store keeps, whatever it is made of."""

import os
import threading
from dataclasses import replace

import pytest

from orchestrator.errors import JobNotFound, NameTaken
from orchestrator.store.protocol import Change, JobKind, JobRow, Order, Query
from orchestrator.training import events as training
from orchestrator.training.job import TrainingStatus
from orchestrator.training.spec import Scope
from orchestrator.tuning import events as tuning

HERE = Scope("000000000000", "us-east-1")
ROOT = HERE.arn("hyper-parameter-tuning-job", "tune")


def a_row(name="tune", **changes):
    """A child of the tuning job `tune`, or that job itself."""
    kind = JobKind.TUNING if name.startswith("tune") else JobKind.TRAINING
    arn = HERE.arn(kind.value, name)
    row = JobRow(
        arn=arn,
        kind=kind,
        name=name,
        account=HERE.account,
        region=HERE.region,
        root=arn if kind is JobKind.TUNING else ROOT,
        number=0,
        status="InProgress",
        created=100.0,
        modified=100.0,
        state={"status": "InProgress", "ended": None, "values": [1, 2.5]},
    )
    return replace(row, **changes)


def a_query(kind=JobKind.TRAINING, **changes):
    return replace(Query(kind, HERE.account, HERE.region), **changes)


def names(found):
    return [row.name for row in found]


class StoreContract:
    """Run over every store by `test_stores`, which gives the fixture `store`."""

    def test_a_row_comes_back_as_it_was(self, store):
        row = a_row(objective=0.25, number=3, request={"Name": "tune", "Empty": None, "L": [{}]})
        store.commit(Change(create=(row,)))
        assert store.row(row.arn) == row
        assert store.row(HERE.arn("training-job", "other")) is None

    def test_an_update_changes_all_but_the_request(self, store):
        row = a_row(request={"Name": "tune"})
        store.commit(Change(create=(row,)))
        new = replace(
            row, status="Completed", modified=200.0, objective=1.5, state={"a": 1}, request={}
        )
        store.commit(Change(update=(new,)))
        assert store.row(row.arn) == replace(new, request={"Name": "tune"})
        assert store.find(a_query(JobKind.TUNING)) == [replace(new, request={"Name": "tune"})]

    def test_tags_are_changed_by_retagging_only(self, store):
        row = a_row(tags=(("team", "ml"), ("ü", "")))
        store.commit(Change(create=(row,)))
        store.commit(Change(update=(replace(row, status="Completed", tags=()),)))
        assert store.row(ROOT).tags == (("team", "ml"), ("ü", ""))
        store.retag(ROOT, lambda tags: (*tags[1:], ("new", "=1")))
        assert store.row(ROOT).tags == (("ü", ""), ("new", "=1"))
        assert store.find(a_query(JobKind.TUNING))[0].tags == (("ü", ""), ("new", "=1"))

    def test_a_child_gets_the_tags_its_root_has_when_it_is_created(self, store):
        root = a_row(tags=(("a", "1"),))
        store.commit(Change(create=(root, a_row("first", tags=(("own", ""),)))))
        store.retag(ROOT, lambda _: (("b", "2"),))
        store.commit(Change(create=(a_row("second", tags=(("a", "1"),)),)))
        store.retag(ROOT, lambda _: ())
        assert store.row(a_row("first").arn).tags == (("a", "1"),)
        assert store.row(a_row("second").arn).tags == (("b", "2"),)
        store.commit(Change(delete=(ROOT,)))
        assert store.row(a_row("second").arn).tags == (("b", "2"),)

    def test_a_refused_change_of_tags_leaves_them(self, store):
        store.commit(Change(create=(a_row(tags=(("a", "1"),)),)))

        def refuse(_tags):
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            store.retag(ROOT, refuse)
        assert store.row(ROOT).tags == (("a", "1"),)
        with pytest.raises(JobNotFound):
            store.retag(a_row("tune-2").arn, lambda tags: tags)
        assert store.row(a_row("tune-2").arn) is None

    def test_a_taken_name_refuses_the_whole_change(self, store):
        store.commit(Change(create=(a_row(),)))
        change = Change(
            create=(a_row("a"), a_row(status="Other")), events=((ROOT, tuning.StopRequested(1.0)),)
        )
        with pytest.raises(NameTaken, match="tune"):
            store.commit(change)
        assert store.row(a_row("a").arn) is None
        assert store.row(ROOT) == a_row()
        assert list(store.journal(ROOT)) == []

    def test_a_name_twice_in_one_change_is_taken(self, store):
        with pytest.raises(NameTaken):
            store.commit(Change(create=(a_row(), a_row())))
        assert store.row(ROOT) is None

    @pytest.mark.parametrize(
        "change",
        [Change(events=((a_row("x").arn, training.Woke(1.0)),)), Change(update=(a_row("x"),))],
        ids=["event", "update"],
    )
    def test_a_change_of_a_job_that_does_not_exist_is_refused_whole(self, store, change):
        with pytest.raises(JobNotFound):
            store.commit(replace(change, create=(a_row(),)))
        assert store.row(ROOT) is None

    def test_the_journal_keeps_the_order_of_each_job(self, store):
        child = a_row("a")
        store.commit(Change(create=(a_row(), child)))
        for number in range(5):
            ended = tuning.ChildChanged(float(number), number, TrainingStatus.STOPPING)
            store.commit(
                Change(
                    events=(
                        (ROOT, ended),
                        (child.arn, training.Staged(float(number), number)),
                        (ROOT, tuning.Woke(number + 0.5)),
                    )
                )
            )
        assert [event.at for event in store.journal(ROOT)] == [n / 2 for n in range(10)]
        assert list(store.journal(child.arn)) == [training.Staged(float(n), n) for n in range(5)]
        assert list(store.journal("arn:of:nobody")) == []

    def test_a_long_journal_is_whole(self, store):
        store.commit(Change(create=(a_row(),)))
        events = tuple((ROOT, tuning.Woke(float(n))) for n in range(3001))
        store.commit(Change(events=events))
        assert list(store.journal(ROOT)) == [event for _, event in events]

    def test_a_commit_goes_on_while_a_journal_is_being_read(self, store):
        store.commit(Change(create=(a_row(),), events=((ROOT, tuning.Woke(1.0)),)))
        reading = store.journal(ROOT)
        assert next(reading) == tuning.Woke(1.0)
        store.commit(Change(update=(a_row(status="Stopping"),)))
        assert store.row(ROOT).status == "Stopping"
        assert list(reading) == []

    def test_deleting_takes_row_journal_and_commands(self, store):
        child = a_row("a")
        store.commit(Change(create=(a_row(), child), events=((ROOT, tuning.Woke(1.0)),)))
        store.send(ROOT, ROOT, "stop")
        store.send(ROOT, child.arn, "stop")
        store.commit(Change(delete=(child.arn,)))
        assert [each.arn for each in store.commands([ROOT])] == [ROOT]
        store.commit(Change(delete=(ROOT,)))
        assert store.row(ROOT) is None
        assert store.commands([ROOT]) == []
        store.commit(Change(create=(a_row(),)))
        assert list(store.journal(ROOT)) == []

    def test_commands_wait_for_their_driver_oldest_first_until_done(self, store):
        child, other = a_row("a"), a_row("tune-2")
        store.commit(Change(create=(a_row(), child, other)))
        store.send(ROOT, child.arn, "stop")
        store.send(other.arn, other.arn, "delete")
        store.send(ROOT, ROOT, "stop")
        assert [(c.root, c.arn, c.verb) for c in store.commands([ROOT])] == [
            (ROOT, child.arn, "stop"),
            (ROOT, ROOT, "stop"),
        ]
        assert len(store.commands([ROOT, other.arn])) == 3
        assert store.commands([]) == []
        store.commit(Change(done=(store.commands([ROOT])[0].id,)))
        assert [c.arn for c in store.commands([ROOT])] == [ROOT]

    def test_a_command_to_a_deleted_job_cannot_reach_the_next_of_its_name(self, store):
        store.commit(Change(create=(a_row(),)))
        store.commit(Change(delete=(ROOT,)))
        with pytest.raises(JobNotFound):
            store.send(ROOT, ROOT, "stop")
        store.commit(Change(create=(a_row(),)))
        assert store.commands([ROOT]) == []

    def test_the_version_changes_with_every_commit_and_command_and_only_then(self, store):
        seen = [store.version()]
        store.commit(Change(create=(a_row(),)))
        seen.append(store.version())
        store.commit(Change(update=(a_row(),)))
        seen.append(store.version())
        store.send(ROOT, ROOT, "stop")
        seen.append(store.version())
        assert len(set(seen)) == 4
        store.row(ROOT)
        store.find(a_query())
        assert store.version() == seen[-1]

    def test_one_engine_at_a_time_drives_a_job(self, store):
        lease = store.lease(ROOT)
        assert store.driver(ROOT) == os.getpid()
        assert store.lease(ROOT) is None
        other = store.lease(a_row("tune-2").arn)
        assert other is not None
        lease.release()
        assert store.driver(ROOT) is None
        again = store.lease(ROOT)
        lease.release()
        assert store.driver(ROOT) == os.getpid()
        again.release()
        other.release()

    def test_many_threads_lose_no_event(self, store):
        store.commit(Change(create=(a_row(),)))

        def write(thread):
            for number in range(25):
                event = tuning.Observed(1.0, thread, number, 0.0)
                store.commit(Change(events=((ROOT, event),), update=(a_row(status=str(number)),)))
                assert store.row(ROOT) is not None

        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        written = [(event.number, event.ordinal) for event in store.journal(ROOT)]
        assert len(written) == 100
        for thread in range(4):
            assert [n for who, n in written if who == thread] == list(range(25))

    # Queries

    @pytest.fixture
    def stocked(self, store):
        """A tuning job with four children, a lone training job, and strangers."""
        rows = (
            a_row(),
            a_row("b", number=1, created=3.0, modified=30.0, status="Completed", objective=2.0),
            a_row("A", number=2, created=1.0, modified=10.0, status="Stopped", objective=None),
            a_row("d", number=3, created=2.0, modified=20.0, status="Completed", objective=-1.0),
            a_row("c", number=4, created=2.0, modified=40.0, status="Failed", objective=2.0),
            a_row("lone", root=a_row("lone").arn, created=9.0, modified=9.0),
            a_row("z", arn="arn:z1", account="111111111111"),
            a_row("z", arn="arn:z2", region="eu-west-1"),
        )
        store.commit(Change(create=rows))
        return store

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, ["A", "b", "c", "d", "lone"]),
            ({"root": ROOT}, ["A", "b", "c", "d"]),
            ({"children_only": True}, ["A", "b", "c", "d"]),
            ({"kind": JobKind.TUNING}, ["tune"]),
            ({"kind": JobKind.TUNING, "children_only": True}, []),
            ({"account": "111111111111"}, ["z"]),
            ({"status": "Completed"}, ["b", "d"]),
            ({"name_contains": "a"}, ["A"]),
            ({"name_contains": "LON"}, ["lone"]),
            ({"name_contains": "%"}, []),
            ({"created_after": 2.0}, ["b", "lone"]),
            ({"created_before": 2.0}, ["A"]),
            ({"modified_after": 10.0, "modified_before": 40.0}, ["b", "d"]),
            ({"order": Order.CREATED}, ["A", "c", "d", "b", "lone"]),
            ({"order": Order.CREATED, "descending": True}, ["lone", "b", "d", "c", "A"]),
            ({"order": Order.STATUS, "root": ROOT}, ["b", "d", "c", "A"]),
            ({"order": Order.OBJECTIVE}, ["d", "b", "c"]),
            ({"order": Order.OBJECTIVE, "descending": True}, ["c", "b", "d"]),
            ({"descending": True, "limit": 2}, ["lone", "d"]),
            ({"limit": 0}, []),
            ({"after": ("b", "b")}, ["c", "d", "lone"]),
            ({"after": (2.0, "c"), "order": Order.CREATED}, ["d", "b", "lone"]),
            ({"after": (2.0, "c"), "order": Order.CREATED, "descending": True}, ["A"]),
            ({"after": (2.0, "b"), "order": Order.OBJECTIVE}, ["c"]),
        ],
    )
    def test_find(self, stocked, changes, expected):
        assert names(stocked.find(a_query(**changes))) == expected

    def test_count_looks_at_neither_page_nor_limit(self, stocked):
        assert stocked.count(a_query(limit=1, after=("b", "b"))) == 5
        assert stocked.count(a_query(order=Order.OBJECTIVE)) == 3
        assert stocked.count(a_query(name_contains="nothing")) == 0

    def test_a_page_token_survives_the_deletion_of_its_row_and_new_rows(self, stocked):
        first = stocked.find(a_query(limit=2))
        stocked.commit(Change(delete=(first[-1].arn,), create=(a_row("Aa"),)))
        rest = stocked.find(a_query(after=(first[-1].name, first[-1].name)))
        assert names(first) + names(rest) == ["A", "b", "c", "d", "lone"]
