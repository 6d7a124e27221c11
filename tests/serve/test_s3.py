"""S3 of a server, through boto3."""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import random
import urllib.request
import zlib

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.serve.conftest import Clients, serve

KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60).filter(
    lambda key: len(key.encode()) <= 1024
)


def code(refusal):
    return refusal.value.response["Error"]["Code"]


def body(s3, bucket, key, **more):
    with s3.get_object(Bucket=bucket, Key=key, **more)["Body"] as stream:
        return stream.read()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(key=KEYS, content=st.binary(max_size=200))
@example(key="a b+c%2Fd/../é//", content=b"x")
@example(key="../../etc/passwd", content=b"x")
@example(key="\x00\x01\t\n<&>", content=b"x")
@example(key="%", content=b"")
@example(key="_amt/health", content=b"x")
def test_any_key_is_kept_listed_and_deleted_as_it_was_sent(s3, bucket, key, content):
    s3.put_object(Bucket=bucket, Key=key, Body=content)
    assert body(s3, bucket, key) == content
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(content)
    found = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in found] == [key]
    assert found[0]["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    s3.delete_object(Bucket=bucket, Key=key)
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_an_object_is_a_file_of_the_state_folder_and_the_other_way_round(s3, bucket, home):
    s3.put_object(Bucket=bucket, Key="folder/key", Body=b"sent")
    file = home / "s3" / bucket / "folder" / "key"
    assert file.read_bytes() == b"sent"
    (file.parent / "put").write_bytes(b"by hand")
    assert body(s3, bucket, "folder/put") == b"by hand"
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    heads = [s3.head_object(Bucket=bucket, Key=each["Key"])["ETag"] for each in listed]
    assert [each["ETag"] for each in listed] == heads


def test_an_etag_is_of_the_bytes_that_are_there_now(s3, bucket, home):
    s3.put_object(Bucket=bucket, Key="k", Body=b"sent", Metadata={"of": "these"})
    before = s3.head_object(Bucket=bucket, Key="k")
    (home / "s3" / bucket / "k").write_bytes(b"other bytes")
    after = s3.head_object(Bucket=bucket, Key="k")
    assert after["ETag"] != before["ETag"]
    assert (before["Metadata"], after["Metadata"]) == ({"of": "these"}, {})


def test_headers_metadata_and_tags_come_back(s3, bucket):
    s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"x",
        ContentType="text/csv",
        CacheControl="no-store",
        ContentEncoding="gzip",
        Metadata={"a_b": "1", "c-d": "2"},
        Tagging="team=red&x=",
    )
    found = s3.head_object(Bucket=bucket, Key="k")
    assert found["Metadata"] == {"a_b": "1", "c-d": "2"}
    assert (found["ContentType"], found["CacheControl"]) == ("text/csv", "no-store")
    assert found["ContentEncoding"] == "gzip"
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "team", "Value": "red"}, {"Key": "x", "Value": ""}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "<&", "Value": '"'}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "<&", "Value": '"'}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=2-4", b"234"),
        ("bytes=7-", b"789"),
        ("bytes=-2", b"89"),
        ("bytes=8-99", b"89"),
        ("bytes=-99", b"0123456789"),
        ("bytes=4-2", b"0123456789"),
        ("nonsense", b"0123456789"),
    ],
)
def test_a_range_is_that_piece(s3, bucket, asked, wanted):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    assert body(s3, bucket, "k", Range=asked) == wanted


def test_a_range_beyond_the_end_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123")
    with pytest.raises(ClientError) as refusal:
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=4-")
    assert code(refusal) == "InvalidRange"


def test_twenty_megabytes_in_parts_come_back_and_survive_a_restart(tmp_path):
    content = random.Random(1).randbytes(20 << 20)
    first = serve(tmp_path)
    clients = Clients(first.url)
    s3 = clients("s3")
    s3.create_bucket(Bucket="bkt")
    s3.upload_fileobj(io.BytesIO(content), "bkt", "big", ExtraArgs={"ContentType": "a/b"})
    before = s3.head_object(Bucket="bkt", Key="big")
    begun = s3.create_multipart_upload(Bucket="bkt", Key="later")["UploadId"]
    part = s3.upload_part(Bucket="bkt", Key="later", UploadId=begun, PartNumber=1, Body=b"part")
    clients.close()
    first.close()
    second = serve(tmp_path)
    clients = Clients(second.url)
    s3 = clients("s3")
    try:
        target = io.BytesIO()
        s3.download_fileobj("bkt", "big", target)
        assert target.getvalue() == content
        after = s3.head_object(Bucket="bkt", Key="big")
        assert (after["ETag"], after["ContentType"]) == (before["ETag"], "a/b")
        assert before["ETag"].endswith('-3"')
        named = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(
            Bucket="bkt", Key="later", UploadId=begun, MultipartUpload=named
        )
        assert body(s3, "bkt", "later") == b"part"
        assert list((tmp_path / "s3" / ".spool").iterdir()) == []
        assert list((tmp_path / "s3" / ".uploads").iterdir()) == []
    finally:
        clients.close()
        second.close()


def test_an_upload_in_parts_is_checked_when_it_is_completed(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    about = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    etags = [s3.upload_part(**about, PartNumber=number, Body=b"small")["ETag"] for number in (1, 2)]
    assert [part["ETag"] for part in s3.list_parts(**about)["Parts"]] == etags
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["k"]

    def completed(*parts):
        named = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        with pytest.raises(ClientError) as refusal:
            s3.complete_multipart_upload(**about, MultipartUpload={"Parts": named})
        return code(refusal)

    assert completed((1, etags[0]), (2, etags[1])) == "EntityTooSmall"
    assert completed((2, etags[1]), (1, etags[0])) == "InvalidPartOrder"
    assert completed((1, '"' + "0" * 32 + '"')) == "InvalidPart"
    assert completed((1, '"../../upload.json"')) == "InvalidPart"
    s3.abort_multipart_upload(**about)
    assert completed((1, etags[0])) == "NoSuchUpload"
    with pytest.raises(ClientError) as refusal:
        s3.abort_multipart_upload(**about | {"UploadId": "../../x"})
    assert code(refusal) == "NoSuchUpload"


def chunked(served, path, content, trailer, **more):
    """PUT as SDKs stream it: aws-chunked, in HTTP chunks, with a trailing checksum."""
    pieces = [content[at : at + 1000] for at in range(0, len(content), 1000)]
    framed = b"".join(f"{len(p):x};chunk-signature=0\r\n".encode() + p + b"\r\n" for p in pieces)
    framed += b"0\r\n" + f"x-amz-checksum-crc32:{trailer}\r\n\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    headers = {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(content)),
        "x-amz-trailer": "x-amz-checksum-crc32",
        "Transfer-Encoding": "chunked",
    } | more
    sent = iter([framed[:700], framed[700:]])
    connection.request("PUT", path, sent, headers, encode_chunked=True)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, text


def test_a_body_in_signed_chunks_is_taken_out_of_them_and_checked(s3, bucket, served):
    content = random.Random(2).randbytes(5000)
    crc = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    assert chunked(served, f"/{bucket}/k", content, crc)[0] == 200
    assert body(s3, bucket, "k") == content
    kept = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert kept["ChecksumCRC32"] == crc
    assert "ContentEncoding" not in kept
    status, text = chunked(served, f"/{bucket}/bad", content, "AAAAAA==")
    assert (status, b"<Code>BadDigest</Code>" in text) == (400, True)
    short = {"x-amz-decoded-content-length": "4999"}
    status, text = chunked(served, f"/{bucket}/bad", content, crc, **short)
    assert (status, b"<Code>IncompleteBody</Code>" in text) == (400, True)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k"]


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_a_checksum_is_kept_and_told(s3, bucket, algorithm):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ChecksumAlgorithm=algorithm)
    found = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    with found["Body"] as stream:
        assert stream.read() == b"x"
    assert found[f"Checksum{algorithm}"]


def test_bytes_that_are_not_those_announced_are_refused(s3, bucket):
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"x", ContentMD5=wrong)
    assert code(refusal) == "BadDigest"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_listing_goes_by_prefix_delimiter_and_pages(s3, bucket):
    for key in ("a/1", "a/2", "a/b/3", "b/4", "c", "ä/5", "z+ z"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    for operation in ("list_objects_v2", "list_objects", "list_object_versions"):
        pages = list(
            s3.get_paginator(operation).paginate(
                Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2}
            )
        )
        kept = "Versions" if operation == "list_object_versions" else "Contents"
        groups = [each["Prefix"] for page in pages for each in page.get("CommonPrefixes", ())]
        keys = [each["Key"] for page in pages for each in page.get(kept, ())]
        assert (groups, keys) == (["a/", "b/", "ä/"], ["c", "z+ z"]), operation
        assert len(pages) == 3
    under = s3.list_objects_v2(Bucket=bucket, Prefix="a/", Delimiter="/")
    assert [each["Key"] for each in under["Contents"]] == ["a/1", "a/2"]
    assert [each["Prefix"] for each in under["CommonPrefixes"]] == ["a/b/"]
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="b/4", MaxKeys=1)
    assert [each["Key"] for each in after["Contents"]] == ["c"]
    assert after["IsTruncated"]


def test_a_copy_has_the_bytes_and_what_is_known_of_them(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b", Body=b"x", Metadata={"m": "1"}, ContentType="t/x")
    source = {"Bucket": bucket, "Key": "a b"}
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    found = s3.head_object(Bucket=bucket, Key="copy")
    assert (found["Metadata"], found["ContentType"]) == ({"m": "1"}, "t/x")
    s3.copy_object(
        Bucket=bucket,
        Key="a b",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"n": "2"},
    )
    assert s3.head_object(Bucket=bucket, Key="a b")["Metadata"] == {"n": "2"}
    with pytest.raises(ClientError) as refusal:
        s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "none"})
    assert code(refusal) == "NoSuchKey"


def test_many_are_deleted_at_once(s3, bucket):
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
    named = {"Objects": [{"Key": "a"}, {"Key": "b"}, {"Key": "never was"}]}
    answer = s3.delete_objects(Bucket=bucket, Delete=named)
    assert [each["Key"] for each in answer["Deleted"]] == ["a", "b", "never was"]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["c"]


def test_conditions_are_kept(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    with pytest.raises(ClientError) as refusal:
        s3.put_object(Bucket=bucket, Key="k", Body=b"y", IfNoneMatch="*")
    assert code(refusal) == "PreconditionFailed"
    with pytest.raises(ClientError) as refusal:
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=etag)
    assert code(refusal) == "304"
    with pytest.raises(ClientError) as refusal:
        s3.get_object(Bucket=bucket, Key="k", IfMatch='"other"')
    assert code(refusal) == "PreconditionFailed"
    s3.put_object(Bucket=bucket, Key="k", Body=b"z", IfMatch=etag)
    assert body(s3, bucket, "k") == b"z"


def test_a_presigned_url_works(s3, bucket):
    put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "a b"})
    with urllib.request.urlopen(urllib.request.Request(put, b"x", method="PUT")):
        pass
    about = {"Bucket": bucket, "Key": "a b", "ResponseContentType": "text/html"}
    with urllib.request.urlopen(s3.generate_presigned_url("get_object", about)) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"x", "text/html")


def test_a_header_cannot_be_smuggled_in_through_a_url(served, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("GET", f"/{bucket}/k?response-content-type=a%0d%0aSet-Cookie:b")
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert (answer.status, answer.headers["Set-Cookie"]) == (400, None)


def test_buckets_are_made_listed_and_removed(clients):
    s3 = clients("s3", region="eu-west-1")
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="made", CreateBucketConfiguration=where)
    assert "made" in {each["Name"] for each in s3.list_buckets()["Buckets"]}
    assert s3.get_bucket_location(Bucket="made")["LocationConstraint"] == "eu-west-1"
    with pytest.raises(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket="made", CreateBucketConfiguration=where)
    s3.put_object(Bucket="made", Key="k", Body=b"")
    with pytest.raises(ClientError) as refusal:
        s3.delete_bucket(Bucket="made")
    assert code(refusal) == "BucketNotEmpty"
    s3.delete_object(Bucket="made", Key="k")
    s3.delete_bucket(Bucket="made")
    with pytest.raises(ClientError) as refusal:
        s3.head_bucket(Bucket="made")
    assert code(refusal) == "404"


@pytest.mark.parametrize(
    ("operation", "about", "wanted"),
    [
        ("get_object", {"Key": "none"}, "NoSuchKey"),
        ("head_object", {"Key": "none"}, "404"),
        ("get_object", {"Key": "none", "Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ("put_object", {"Key": "k", "Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ("list_objects_v2", {"Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ("get_bucket_policy", {"Bucket": "no-such-bucket"}, "NoSuchBucket"),
        ("get_object_acl", {"Key": "none"}, "NotImplemented"),
        ("list_objects_v2", {"ContinuationToken": "not one"}, "InvalidArgument"),
    ],
)
def test_what_is_not_there_is_said_in_s3s_words(s3, bucket, operation, about, wanted):
    with pytest.raises(ClientError) as refusal:
        getattr(s3, operation)(**{"Bucket": bucket} | about)
    assert code(refusal) == wanted


def test_virtual_hosted_requests_name_their_bucket_in_the_host(served, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"hosted")
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("GET", "/k", headers={"Host": f"{bucket}.s3.localhost:{served.port}"})
    assert connection.getresponse().read() == b"hosted"
    connection.close()


@pytest.mark.parametrize("document", [b"", b"<a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
def test_xml_that_cannot_be_used_is_refused(served, bucket, document):
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("POST", f"/{bucket}?delete", document)
    answer = connection.getresponse()
    assert (answer.status, b"MalformedXML" in answer.read()) == (400, True)
    connection.close()
