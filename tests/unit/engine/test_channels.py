import json
from itertools import chain

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from orchestrator.aws.s3 import S3Objects
from orchestrator.engine.channels import Item, items, lines, path_below, share
from orchestrator.errors import TransferFailed
from orchestrator.training.spec import Channel, InstanceGroup, SourceKind
from tests.builders import a_training

SPEC = a_training(role="arn:aws:iam::000000000000:role/r")


def a_channel(uri, **changes):
    return Channel("train", uri, **changes)


@pytest.mark.parametrize(
    ("prefix", "uri", "path"),
    [
        ("s3://b/train/", "s3://b/train/a.csv", "a.csv"),
        ("s3://b/train", "s3://b/train/sub/a.csv", "sub/a.csv"),
        ("s3://b/train/a.csv", "s3://b/train/a.csv", "a.csv"),
        ("s3://b/exp/ASHA-1", "s3://b/exp/ASHA-10/a", "ASHA-10/a"),
        ("s3://b/data/part-", "s3://b/data/part-1.csv", "part-1.csv"),
        ("s3://b/", "s3://b/a/b", "a/b"),
    ],
)
def test_a_path_is_what_follows_the_prefix_whole_names_only(prefix, uri, path):
    assert path_below(prefix, uri) == path


@given(st.text("ab-/", min_size=1, max_size=8), st.integers(0, 10))
def test_a_path_is_made_of_whole_names_of_its_key(key, length):
    uri = f"s3://bucket/{key}"
    path = path_below(uri[: len("s3://bucket/") + length], uri)
    assert uri.endswith(f"/{path}")


def test_a_string_prefix_finds_the_same_in_s3_and_in_the_folder(objects, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    keys = ("exp/a-1/x", "exp/a-10/x", "exp/a-1", "exp/b", "top", "exp/a-1/deep/y", "exp/a-1/mark/")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="bucket")
        for keeper in (objects, oracle := S3Objects(client)):
            for key in keys:
                keeper.write(f"s3://bucket/{key}", b"")
        for prefix in ("exp/a-1", "exp/a-1/", "exp/", "exp", "e", "", "top"):
            channel = a_channel(f"s3://bucket/{prefix}")
            assert items(SPEC, channel, objects) == items(SPEC, channel, oracle)


def test_a_bucket_alone_is_all_of_it(objects, put):
    put("a", "b/c")
    assert [i.path for i in items(SPEC, a_channel("s3://bucket"), objects)] == ["a", "b/c"]


def test_marks_of_folders_are_left_out(objects, put):
    put("t/", "t/sub/", "t/a")
    assert items(SPEC, a_channel("s3://bucket/t/"), objects) == [Item("s3://bucket/t/a", "a")]


@pytest.mark.parametrize("uri", ["s3://bucket/none", "s3://nowhere/x"])
def test_nothing_found_is_said_in_the_words_of_aws(objects, put, uri):
    put("other")
    with pytest.raises(TransferFailed) as caught:
        items(SPEC, a_channel(uri), objects)
    assert str(caught.value).startswith(f'No S3 objects found under S3 URL "{uri}" given in input')
    assert SPEC.role in str(caught.value)


@pytest.mark.parametrize("key", ["t//a", "t/../../x", "t/./a", "t/a/..", "t/nul\0"])
def test_a_key_that_would_lead_elsewhere_is_refused(objects, put, key):
    put(key)
    with pytest.raises(TransferFailed, match="illegal char sub-sequence"):
        items(SPEC, a_channel("s3://bucket/t"), objects)


def a_manifest(objects, content):
    objects.write("s3://bucket/m.json", content)
    return a_channel("s3://bucket/m.json", kind=SourceKind.MANIFEST)


def test_a_manifest_names_files_below_its_prefix_in_its_order(objects):
    content = json.dumps([{"prefix": "s3://bucket/p/"}, "b.csv", "sub/a.csv"]).encode()
    assert items(SPEC, a_manifest(objects, content), objects) == [
        Item("s3://bucket/p/b.csv", "b.csv"),
        Item("s3://bucket/p/sub/a.csv", "sub/a.csv"),
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"[1]", b'["a"]', b'[{"prefix": 1}, "a"]', b'[{"prefix": "s3://b/"}, 2]'],
)
def test_what_is_no_manifest_is_said(objects, content):
    with pytest.raises(TransferFailed, match=r"channel train: s3://bucket/m.json is no manifest"):
        items(SPEC, a_manifest(objects, content), objects)


def test_a_manifest_cannot_lead_out_of_the_channel(objects):
    content = b'[{"prefix": "s3://bucket/p/"}, "../../x"]'
    with pytest.raises(TransferFailed, match="illegal char sub-sequence"):
        items(SPEC, a_manifest(objects, content), objects)


def test_an_empty_manifest_has_no_objects(objects):
    with pytest.raises(TransferFailed, match="No S3 objects found"):
        items(SPEC, a_manifest(objects, b'[{"prefix": "s3://bucket/p/"}]'), objects)


def an_augmented(objects, content, *attributes):
    objects.write("s3://bucket/a.jsonl", content)
    return Channel(
        "train", "s3://bucket/a.jsonl", kind=SourceKind.AUGMENTED_MANIFEST, attributes=attributes
    )


def test_an_augmented_line_gives_its_attributes_in_the_channels_order(objects):
    content = b'{"label": 3, "source-ref": "s3://bucket/1.png", "text": "hi", "x": 0}\n\n'
    channel = an_augmented(objects, content, "source-ref", "text", "label")
    assert lines(SPEC, channel, objects) == [["s3://bucket/1.png", b"hi", b"3"]]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'{"b": 1}', "line 1: there is no attribute 'a'"),
        (b'{"a": 1}\n[1]', "line 2: is not a JSON object"),
        (b'{"a": 1}\nx', "line 2: is not a JSON object"),
        (b"\n", "No S3 objects found"),
        (b"\xff", "is not UTF-8 text"),
    ],
)
def test_what_is_no_augmented_manifest_is_said(objects, content, problem):
    with pytest.raises(TransferFailed, match=problem):
        lines(SPEC, an_augmented(objects, content, "a"), objects)


def test_an_augmented_manifest_without_attributes_is_said(objects):
    with pytest.raises(TransferFailed, match="needs AttributeNames"):
        lines(SPEC, an_augmented(objects, b"{}"), objects)


@given(st.integers(1, 5), st.integers(0, 12))
def test_shares_are_even_and_leave_nothing_out(hosts, count):
    spec = a_training(
        instance_groups=(InstanceGroup("g", "ml.m5.large", hosts),),
        channels=(channel := a_channel("s3://b/x", sharded=True),),
    )
    objects = list(range(count))
    shares = [objects[share(spec, channel, host)] for host in spec.hosts]
    assert sorted(chain.from_iterable(shares)) == objects
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_without_sharding_every_host_gets_everything():
    spec = a_training(channels=(channel := a_channel("s3://b/x"),))
    assert [1, 2, 3][share(spec, channel, "algo-1")] == [1, 2, 3]
