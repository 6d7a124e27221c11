"""What every keeper of objects promises."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.errors import TransferFailed

ODD_KEYS = (
    "a",
    "a/b",
    "a/b/c",
    "a/",
    "a//b",
    "a///b",
    "a b+c&d=e",
    "100%",
    "%",
    "%%",
    "%25",
    "%a%",
    "%a%25",
    "%+",
    "%draft-1-1",
    "deep/%/x",
    "dot/.hidden",
    "über/naïve/日本語.txt",
    "x" * 255,
    "x" * 255 + "/y",
    "x" * 256,
    "x" * 256 + "/y",
    "é" * 300,
    "long/" + "y" * 1019,
    "~",
    "back\\slash",
    "new\nline",
    "quote'\"",
)


class ObjectsContract:
    """Subclasses have a fixture `objects` whose buckets ``bucket`` and ``other`` are empty."""

    def test_reads_what_was_written(self, objects):
        objects.write("s3://bucket/a/b.bin", b"\0\xff")
        assert objects.read("s3://bucket/a/b.bin") == b"\0\xff"

    def test_the_last_writer_wins(self, objects):
        objects.write("s3://bucket/k", b"long content")
        objects.write("s3://bucket/k", b"new")
        assert objects.read("s3://bucket/k") == b"new"

    def test_says_which_objects_exist(self, objects):
        objects.write("s3://bucket/a/b", b"")
        assert objects.exists("s3://bucket/a/b")
        assert not objects.exists("s3://bucket/a")
        assert not objects.exists("s3://bucket/a/")
        assert not objects.exists("s3://bucket/a/b/c")
        assert not objects.exists("s3://nowhere/a")

    def test_a_file_goes_there_and_comes_back(self, objects, tmp_path):
        source, target = tmp_path / "source", tmp_path / "made" / "for" / "it"
        source.write_bytes(b"x" * 70_000)
        objects.upload(source, "s3://bucket/up/file")
        objects.download("s3://bucket/up/file", target)
        assert target.read_bytes() == source.read_bytes()

    def test_a_download_is_a_private_copy(self, objects, tmp_path):
        objects.write("s3://bucket/k", b"theirs")
        target = tmp_path / "copy"
        objects.download("s3://bucket/k", target)
        target.write_bytes(b"mine")
        assert objects.read("s3://bucket/k") == b"theirs"

    def test_a_download_replaces_a_longer_file(self, objects, tmp_path):
        target = tmp_path / "file"
        target.write_bytes(b"old and long")
        objects.write("s3://bucket/k", b"new")
        objects.download("s3://bucket/k", target)
        assert target.read_bytes() == b"new"

    def test_a_prefix_is_a_string_not_a_folder(self, objects):
        for key in ("exp/ASHA-1/a", "exp/ASHA-10/a", "exp/BOHB-1/a", "exp/ASHA-1"):
            objects.write(f"s3://bucket/{key}", b"x")
        objects.write("s3://other/exp/ASHA-1/a", b"x")
        assert keys(objects, "exp/ASHA-1") == ["exp/ASHA-1", "exp/ASHA-1/a", "exp/ASHA-10/a"]
        assert keys(objects, "exp/ASHA-1/") == ["exp/ASHA-1/a"]
        assert keys(objects, "exp/C") == []
        assert len(list(objects.list("s3://bucket"))) == 4

    def test_lists_in_the_order_of_bytes(self, objects):
        names = ["a", "a-b", "a.b", "a/b", "a0", "B", "z", "é", "𐀀", "\uffee"]
        for name in names:
            objects.write(f"s3://bucket/{name}", b"x")
        assert keys(objects, "") == sorted(names, key=str.encode)

    def test_tells_size_and_time(self, objects):
        objects.write("s3://bucket/k", b"four")
        (info,) = objects.list("s3://bucket/k")
        assert (info.uri, info.size) == ("s3://bucket/k", 4)
        assert info.modified > 1_500_000_000

    def test_every_odd_key_keeps_its_own_bytes(self, objects):
        for key in ODD_KEYS:
            objects.write(f"s3://bucket/{key}", key.encode())
        assert keys(objects, "") == sorted(ODD_KEYS, key=str.encode)
        for key in ODD_KEYS:
            assert objects.read(f"s3://bucket/{key}") == key.encode(), key
            assert key in keys(objects, key)
        for key in ODD_KEYS:
            objects.delete(f"s3://bucket/{key}")
            assert not objects.exists(f"s3://bucket/{key}")
        assert keys(objects, "") == []

    def test_a_key_may_be_an_object_and_a_folder_in_either_order(self, objects):
        for outer, inner in (("a", "a/b"), ("c", "c/d")):
            first, second = (outer, inner) if outer == "a" else (inner, outer)
            objects.write(f"s3://bucket/{first}", b"1")
            objects.write(f"s3://bucket/{second}", b"2")
            objects.write(f"s3://bucket/{first}", b"3")
            assert objects.read(f"s3://bucket/{first}") == b"3"
            assert objects.read(f"s3://bucket/{second}") == b"2"
            objects.delete(f"s3://bucket/{inner}")
            assert keys(objects, outer) == [outer]

    def test_deleting_leaves_the_neighbours(self, objects):
        for key in ("a/b", "a/c", "a"):
            objects.write(f"s3://bucket/{key}", b"x")
        objects.delete("s3://bucket/a/b")
        objects.delete("s3://bucket/a/b")
        objects.delete("s3://bucket/never/was")
        assert keys(objects, "") == ["a", "a/c"]

    @pytest.mark.parametrize("uri", ["bucket/key", "file:///etc/passwd", "s3://", "s3:///key", ""])
    def test_refuses_what_is_no_s3_uri(self, objects, uri):
        with pytest.raises(TransferFailed, match="not an S3 URI"):
            objects.read(uri)

    @pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/"])
    def test_an_object_has_a_key(self, objects, uri):
        with pytest.raises(TransferFailed, match="not an object"):
            objects.write(uri, b"x")

    def test_refuses_keys_that_s3_refuses(self, objects):
        with pytest.raises(TransferFailed, match="at most 1024"):
            objects.write("s3://bucket/" + "k" * 1025, b"x")
        with pytest.raises(TransferFailed, match="Unicode"):
            objects.write("s3://bucket/\ud800", b"x")

    def test_a_missing_object_is_named(self, objects, tmp_path):
        for attempt in (
            lambda: objects.read("s3://bucket/gone"),
            lambda: objects.download("s3://bucket/gone", tmp_path / "x"),
        ):
            with pytest.raises(TransferFailed, match="s3://bucket/gone"):
                attempt()
        assert not (tmp_path / "x").exists()

    def test_a_missing_file_is_named_and_nothing_is_made(self, objects, tmp_path):
        with pytest.raises(TransferFailed, match="no-such-file"):
            objects.upload(tmp_path / "no-such-file", "s3://bucket/new/key")
        assert keys(objects, "") == []

    def test_a_target_that_cannot_be_written_is_named(self, objects, tmp_path):
        objects.write("s3://bucket/k", b"x")
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(TransferFailed, match="s3://bucket/k"):
            objects.download("s3://bucket/k", tmp_path / "file" / "below")

    def test_the_location_holds_the_bytes_if_there_is_one(self, objects):
        objects.write("s3://bucket/k/ey", b"bytes")
        place = objects.location("s3://bucket/k/ey")
        assert place is None or (isinstance(place, Path) and place.read_bytes() == b"bytes")
        assert objects.location("s3://bucket/k") is None

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[  # it empties the bucket itself; one class a keeper is meant
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(st.data())
    def test_it_behaves_like_a_dictionary(self, objects, data):
        for info in list(objects.list("s3://bucket/")):
            objects.delete(info.uri)
        model = {}
        key = st.lists(
            st.sampled_from(["a", "b", "", "%", "%a", "ab", "é"]), min_size=1, max_size=3
        )
        for _ in range(data.draw(st.integers(1, 10))):
            name = "/".join(data.draw(key))
            if not name:
                continue
            if data.draw(st.booleans()):
                model[name] = data.draw(st.binary(max_size=3))
                objects.write(f"s3://bucket/{name}", model[name])
            else:
                model.pop(name, None)
                objects.delete(f"s3://bucket/{name}")
        prefix = data.draw(st.sampled_from(["", "a", "a/", "a//", "%", "b/a"]))
        wanted = sorted((k for k in model if k.startswith(prefix)), key=str.encode)
        assert keys(objects, prefix) == wanted
        assert all(objects.read(f"s3://bucket/{k}") == v for k, v in model.items())


def keys(objects, prefix):
    """Keys in ``bucket`` that begin with `prefix`, as listed."""
    return [i.uri.removeprefix("s3://bucket/") for i in objects.list(f"s3://bucket/{prefix}")]
