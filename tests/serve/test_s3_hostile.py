"""S3's front, asked anything at all: a refusal of S3's own, and nothing outside the folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrator.client.embedding import Request, call
from orchestrator.clock import VirtualClock
from orchestrator.endpoint.s3_app import S3Application
from orchestrator.training.spec import Scope

WORDS = [
    "list-type", "prefix", "delimiter", "max-keys", "continuation-token", "start-after", "marker",
    "encoding-type", "uploads", "uploadId", "partNumber", "tagging", "delete", "versions",
    "location", "policy", "acl", "response-content-type", "versionId", "x-id",
]  # fmt: skip
HEADERS = [
    "Range", "Content-MD5", "Content-Encoding", "x-amz-content-sha256", "x-amz-copy-source",
    "x-amz-copy-source-range", "x-amz-decoded-content-length", "x-amz-trailer", "x-amz-tagging",
    "x-amz-checksum-crc32", "x-amz-metadata-directive", "x-amz-meta-a", "If-Match",
    "If-None-Match", "If-Modified-Since", "Host", "Content-Type", "Authorization",
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from([
        "", "2", "-1", "99999999999999999999", "url", "bytes=0-", "bytes=-0", "aws-chunked",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "/bkt/k", "/bkt/../../etc/passwd", "bkt/%2e%2e/k",
        "*", "0" * 32, "../../x", "x-amz-checksum-crc32", "REPLACE", "a=b&c", "..", "bkt.s3.amz",
    ]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
)  # fmt: skip
PATHS = st.one_of(
    st.sampled_from(
        ["/", "/bkt", "/bkt/", "/bkt/k", "/bkt/../x", "/../x", "/.records/x", "//", "/."]
    ),
    st.text(max_size=20).map(lambda text: "/" + quote(text.encode("utf-8", "surrogatepass"))),
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([
        b"<Delete><Object><Key>../../k</Key></Object></Delete>",
        (b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>"
        b"</CompleteMultipartUpload>"),
        b"<Tagging><TagSet><Tag><Key>a</Key></Tag></TagSet></Tagging>",
        b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n",
        b"ffffffffff\r\nx",
    ]),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def s3(folder):
    application = S3Application(
        folder / "home" / "s3", VirtualClock(), Scope("000000000000", "us-east-1")
    )
    application.buckets.make("bkt")
    return application


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"]),
    path=PATHS,
    query=st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=4),
    headers=st.dictionaries(st.sampled_from(HEADERS), VALUES, max_size=4),
    body=BODIES,
)
def test_no_request_is_answered_with_a_fault_of_ours(
    s3, folder, method, path, query, headers, body
):
    asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    reply = call(s3, Request(method, f"http://localhost{path}?{asked}", headers, body))
    assert reply.status != 500, reply.body
    assert 200 <= reply.status < 502
    assert {entry.name for entry in folder.iterdir()} == {"home"}
    assert {entry.name for entry in Path(folder / "home").iterdir()} == {"s3"}
    assert "\n" not in "".join(reply.headers.values())
