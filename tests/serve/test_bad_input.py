"""Whatever is sent to the port: refused, nothing written but in the state folder, server up."""

from __future__ import annotations

import io
import json
import resource
import socket
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from orchestrator.endpoint.http_server import MOST_CONNECTIONS
from tests.road import until
from tests.serve.conftest import Clients
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import Command
from tests.serve.test_gateway import ask

TARGET = {"X-Amz-Target": "SageMaker.CreateHyperParameterTuningJob"}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a state folder, a working folder and one for temporary files in it."""
    place = tmp_path_factory.mktemp("place")
    for name in ("work", "temporary"):
        (place / name).mkdir()
    return place


@pytest.fixture(scope="module")
def command(place):
    command = Command(place / "state")
    command.start(cwd=place / "work", TMPDIR=str(place / "temporary"))
    yield command
    command.close()


@pytest.fixture(scope="module")
def clients(command):
    clients = Clients(command.environment["AWS_ENDPOINT_URL"])
    upload(clients("s3"), "bkt")
    yield clients
    clients.close()


@pytest.fixture(autouse=True)
def stays_up(command, place, clients):
    """After each test: an answer, no job but a test's own, nothing outside the state folder."""
    yield
    status, health = ask(command.port, "GET", "/_amt/health")
    assert (status, json.loads(health)["status"]) == (200, "ok")
    assert command.process.poll() is None
    assert {entry.name for entry in place.iterdir()} == {"state", "work", "temporary"}
    for name in ("work", "temporary"):
        assert not list((place / name).iterdir())


def create(command, body, **headers):
    status, answer = ask(command.port, "POST", "/", body, **{**TARGET, **headers})
    return status, json.loads(answer)["__type"]


def jobs(clients):
    return clients("sagemaker").list_hyper_parameter_tuning_jobs()[
        "HyperParameterTuningJobSummaries"
    ]


GOOD = tuning_request("good", "bkt")
NO_JSON = {
    "cut": json.dumps(GOOD).encode()[:-1],
    "twice": json.dumps(GOOD).encode() * 2,
    "a list": b"[]",
    "nothing": b"null",
    "bytes": b"\xff\xfe\x00",
    "not a number": b'{"HyperParameterTuningJobName": NaN}',
    "a long number": b'{"HyperParameterTuningJobName": ' + b"9" * 10_000 + b"}",
    "deep": b'{"a":' * 100_000,
    "deep and closed": b'{"Tags":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
}


@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_request_is_a_serialization_fault(command, clients, body):
    assert create(command, body) == (400, "SerializationException")
    assert jobs(clients) == []


def test_a_member_that_is_unknown_is_refused(command, clients):
    assert create(command, json.dumps(GOOD | {"Nmae": 1})) == (400, "ValidationException")
    assert jobs(clients) == []


@pytest.mark.parametrize(
    "target", ["SageMaker.", "sagemaker.ListTrainingJobs", "x" * 60_000, "\xff"]
)
def test_a_wrong_target_is_an_unknown_operation(command, target):
    headers = {"X-Amz-Target": target.encode("latin-1")}
    assert create(command, b"{}", **headers) == (400, "UnknownOperationException")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_too_large_is_a_413_and_is_not_read(command, clients, chunked):
    """A client that goes on sending is left; one that reads is told."""
    how = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 99999999999"
    with socket.create_connection(("127.0.0.1", command.port), timeout=30) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: h\r\n"
            + how
            + b"\r\nX-Amz-Target: SageMaker.ListTags\r\n\r\n"
        )
        piece = b" " * (1 << 20)
        framed = b"100000\r\n" + piece + b"\r\n" if chunked else piece
        try:
            for _ in range(64):
                connection.sendall(framed)
        except (ConnectionResetError, BrokenPipeError):
            return
        assert b" 413 " in connection.recv(65_536)


def test_a_body_just_too_large_is_told(command):
    assert create(command, b" " * ((8 << 20) + 1)) == (413, "RequestEntityTooLargeException")


@pytest.mark.parametrize(
    "name", ["../../etc/x", "..", ".", "a/b", "a\\b", "%2e%2e", "\x00", "C:\\x", "", "a" * 33]
)
@pytest.mark.parametrize("member", ["HyperParameterTuningJobName", "TrainingJobName"])
def test_a_name_with_a_way_out_is_refused(command, clients, name, member):
    tuning = member == "HyperParameterTuningJobName"
    body = GOOD if tuning else {"TrainingJobName": name}
    operation = "CreateHyperParameterTuningJob" if tuning else "DescribeTrainingJob"
    target = {"X-Amz-Target": f"SageMaker.{operation}"}
    status, answer = ask(command.port, "POST", "/", json.dumps(body | {member: name}), **target)
    assert (status, json.loads(answer)["__type"]) == (400, "ValidationException")
    assert jobs(clients) == []


@pytest.mark.parametrize(
    "key",
    ["../outside", "a/../../../outside", "..", "%2e%2e/%2e%2e/outside", "/etc/outside", "a\\..\\b"],
)
def test_a_key_with_a_way_out_stays_inside(clients, key):
    """To S3 it is a name like any other."""
    s3 = clients("s3")
    s3.put_object(Bucket="bkt", Key=key, Body=b"inside")
    with s3.get_object(Bucket="bkt", Key=key)["Body"] as stream:
        assert stream.read() == b"inside"
    s3.delete_object(Bucket="bkt", Key=key)


@pytest.mark.parametrize(
    "path", ["/../state.sqlite", "/bkt/../../state.sqlite", "/.%2e/x", "/..%2fx"]
)
def test_a_path_with_a_way_out_leads_nowhere(command, path):
    for method in ("GET", "PUT", "DELETE"):
        status, body = ask(command.port, method, path, b"x" if method == "PUT" else b"")
        assert status != 500
        assert b"SQLite format" not in body


def hostile_archive(member):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for about, content in (*member, (tarfile.TarInfo("train.py"), b"print('loss=1;')")):
            about.size = len(content)
            tar.addfile(about, io.BytesIO(content))
    return packed.getvalue()


def link(name, target, kind=tarfile.SYMTYPE):
    about = tarfile.TarInfo(name)
    about.type, about.linkname = kind, target
    return about, b""


ARCHIVES = {
    "a way out": [(tarfile.TarInfo("../../../../out"), b"out")],
    "an absolute path": lambda place: [(tarfile.TarInfo(f"{place}/out"), b"out")],
    "a link out": lambda place: [link("l", str(place)), (tarfile.TarInfo("l/out"), b"out")],
    "a hard link out": lambda place: [link("l", f"{place}/work", tarfile.LNKTYPE)],
    "a device": [link("null", "", tarfile.CHRTYPE)],
}


@pytest.mark.parametrize("archive", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_with_a_way_out_fails_its_job_alone(clients, place, archive, request):
    name = request.node.callspec.id.replace(" ", "-")
    members = archive(place) if callable(archive) else archive
    key = f"code/{name}.tar.gz"
    clients("s3").put_object(Bucket="bkt", Key=key, Body=hostile_archive(members))
    asked = tuning_request(name, "bkt", jobs=1, parallel=1)
    statics = asked["TrainingJobDefinition"]["StaticHyperParameters"]
    statics["sagemaker_submit_directory"] = f"s3://bkt/{key}"
    sagemaker = clients("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(**asked)

    def ended():
        job = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        return job if job["HyperParameterTuningJobStatus"] != "InProgress" else None

    job = until(ended, "it ends")
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def test_a_token_of_another_question_is_refused(clients):
    sagemaker = clients("sagemaker")
    for name in ("a", "b"):
        sagemaker.create_hyper_parameter_tuning_job(**tuning_request(name, "bkt", jobs=1))
    token = sagemaker.list_hyper_parameter_tuning_jobs(MaxResults=1)["NextToken"]
    for ask_on in (
        lambda: sagemaker.list_hyper_parameter_tuning_jobs(NextToken=token, SortBy="CreationTime"),
        lambda: sagemaker.list_hyper_parameter_tuning_jobs(NextToken=token[:-2]),
        lambda: sagemaker.list_training_jobs(NextToken=token),
        lambda: sagemaker.search(Resource="TrainingJob", NextToken=token),
    ):
        with pytest.raises(ClientError) as refusal:
            ask_on()
        assert refusal.value.response["Error"]["Code"] == "ValidationException"
    for name in ("a", "b"):
        until(lambda name=name: deleted(sagemaker, name), "it can be deleted")


def deleted(sagemaker, name):
    try:
        sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except ClientError:
        return False
    return True


LEFT_OPEN = {
    "at once": b"",
    "in the head": b"POST / HTTP/1.1\r\nHost: h\r\n",
    "in the body": b"PUT /bkt/k HTTP/1.1\r\nContent-Length: 1000\r\n\r\nhalf",
    "in a chunk": b"PUT /bkt/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nhalf",
}
MANY = 10_000


def opened_and_left(port, number, sent):
    with ExitStack() as left:
        for _ in range(number):
            connection = left.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(sent)
        assert ask(port, "GET", "/_amt/health")[0] == 200


@pytest.mark.parametrize("sent", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_connections_left_anywhere_keep_nobody_out(command, sent):
    opened_and_left(command.port, 700, sent)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("sent", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_ten_thousand_connections_opened_and_left(command, sent):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < MANY + 500:
        pytest.skip(f"this machine lets a process have {hard} files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        opened_and_left(command.port, MANY, sent)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(list(Path(f"/proc/{command.process.pid}/fd").iterdir())) < 2 * MOST_CONNECTIONS
