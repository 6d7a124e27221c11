"""Which service answers what, and that nothing a client sends takes the server down."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError

from orchestrator.endpoint import http_server
from tests.road import until
from tests.serve.conftest import ACCOUNT, Clients, serve
from tests.serve.jobs import tuning_request, upload


def test_other_services_answer_at_the_same_address(clients):
    assert clients("sts").get_caller_identity()["Account"] == ACCOUNT
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = clients("iam").create_role(RoleName="tuner", AssumeRolePolicyDocument=trust)
    assert role["Role"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/tuner"
    assert (
        clients("ecr").create_repository(repositoryName="repo")["repository"]["registryId"]
        == ACCOUNT
    )
    assert clients("kms").create_key()["KeyMetadata"]["Enabled"]
    clients("cloudwatch").put_metric_data(
        Namespace="n", MetricData=[{"MetricName": "m", "Value": 1}]
    )
    assert clients("events").put_rule(Name="r", EventPattern='{"source":["a"]}')["RuleArn"]
    assert clients("sns").create_topic(Name="t")["TopicArn"]
    assert clients("sqs").create_queue(QueueName="q")["QueueUrl"]
    assert clients("sagemaker").list_models()["Models"] == []
    logs = clients("logs")
    logs.create_log_group(logGroupName="/own")
    assert logs.describe_log_streams(logGroupName="/own")["logStreams"] == []


def test_accounts_are_told_apart_by_their_key_in_every_service(clients):
    other = "111122223333"
    assert clients("sts", account=other).get_caller_identity()["Account"] == other
    clients("sns", account=other).create_topic(Name="theirs")
    topics = clients("sns").list_topics()["Topics"]
    assert not any("theirs" in topic["TopicArn"] for topic in topics)


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sagemaker", "list_algorithms", "UnknownOperationException"),
        ("ecr", "get_authorization_token", None),
        ("iam", "list_service_specific_credentials", "InvalidAction"),
        ("logs", "describe_account_policies", "UnknownOperationException"),
    ],
)
def test_an_operation_that_nobody_has_is_refused_at_once(clients, service, operation, code):
    call = getattr(clients(service, retries={"total_max_attempts": 5}), operation)
    about = {"describe_account_policies": {"policyType": "DATA_PROTECTION_POLICY"}}
    if code is None:
        call()
        return
    with pytest.raises(ClientError) as refusal:
        call(**about.get(operation, {}))
    assert refusal.value.response["Error"]["Code"] == code
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refusal.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def ask(port, method, path, body=b"", **headers):
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    ) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_health_says_what_answers(served):
    status, body = ask(served.port, "GET", "/_amt/health")
    health = json.loads(body)
    assert (status, health["status"], health["services"]["s3"]) == (200, "ok", "amt")


def test_reset_needs_to_be_allowed(served):
    status, body = ask(served.port, "POST", "/_amt/reset")
    assert (status, b"--allow-reset" in body) == (403, True)


def test_reset_leaves_nothing_behind(tmp_path):
    served = serve(tmp_path, reset=True)
    clients = Clients(served.url)
    s3, sagemaker = clients("s3"), clients("sagemaker")
    try:
        upload(s3, "bkt")
        request = tuning_request("tune", "bkt", seconds=60)
        sagemaker.create_hyper_parameter_tuning_job(**request)
        clients("sns").create_topic(Name="t")
        assert ask(served.port, "POST", "/_amt/reset", Origin="http://evil")[0] == 403
        assert ask(served.port, "POST", "/_amt/reset") == (200, b'{"status": "reset"}\n')
        assert (
            sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
        )
        assert sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [
            f"sagemaker-us-east-1-{ACCOUNT}"
        ]
        assert clients("sns").list_topics()["Topics"] == []
        upload(s3, "bkt")
        sagemaker.create_hyper_parameter_tuning_job(**tuning_request("tune", "bkt", jobs=1))
    finally:
        clients.close()
        served.reset()
        served.close()


SENT = {
    "no HTTP": b"\x00\x01\x02\r\n\r\n",
    "no length it could be": b"PUT /b/k HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"PUT /b/k HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and chunks": b"PUT /b/k HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunks of no size": b"PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a body that ends early": b"PUT /b/k HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc",
    "an unknown method": b"BREW / HTTP/1.1\r\n\r\n",
    "a long line": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n",
    "a path that is no text": b"GET /b/%ff HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("sent", SENT.values(), ids=SENT)
def test_what_is_no_request_is_refused_and_the_server_stays(served, capfd, sent):
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 500"))
    assert ask(served.port, "GET", "/_amt/health")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_connections_that_are_opened_and_left_do_not_keep_others_out(served, monkeypatch):
    monkeypatch.setattr(http_server, "MOST_CONNECTIONS", 20)
    left = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(100)]
    try:
        assert ask(served.port, "GET", "/_amt/health")[0] == 200
        for connection in left[:50]:
            connection.settimeout(20)
            assert connection.recv(1) == b""
    finally:
        for connection in left:
            connection.close()


def test_one_connection_carries_many_requests(served):
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.connect()
    own = connection.sock
    for _ in range(3):
        connection.request("GET", "/_amt/health")
        assert connection.getresponse().read()
        connection.request("PUT", "/no-such-bucket/k", b"x" * 100_000)
        assert connection.getresponse().read()
    assert connection.sock is own
    connection.close()


WITHOUT_MOTO = """
import sys
sys.modules["moto"] = None
import http.client, json
from pathlib import Path
from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
served = Served(Settings(Path(sys.argv[1])), "process", Listening(port=0))
served.start()
def ask(method, path, body=b"", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    print(answer.status, answer.read().decode().replace("\\n", " "))
    connection.close()
ask("PUT", "/bkt")
ask("PUT", "/bkt/k", b"x")
ask("GET", "/bkt?policy")
ask("POST", "/", b"{}", X_Amz_Target="SageMaker.ListTrainingJobs")
ask("POST", "/", b"{}", X_Amz_Target="SageMaker.ListModels")
ask("POST", "/", b"Action=GetCallerIdentity", Content_Type="application/x-www-form-urlencoded")
served.close()
"""


def test_without_moto_our_own_services_answer_and_others_are_refused(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MOTO, tmp_path], capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["200", "200", "404", "200", "400", "400"], done
    assert "NoSuchBucketPolicy" in lines[2]
    assert "amt-orchestrator[serve]" in lines[4]
    assert "InvalidAction" in lines[5]


def test_logs_are_ours_for_training_jobs_and_motos_for_the_rest(clients):
    logs = clients("logs")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.describe_log_streams(logGroupName="/of/nobody")
    assert logs.describe_log_streams(logGroupName="/aws/sagemaker/TrainingJobs")["logStreams"] == []


def test_every_request_is_let_to_its_end_when_the_server_leaves(tmp_path):
    served = serve(tmp_path)
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    connection.request("GET", "/_amt/health")
    until(lambda: connection.getresponse().read(), "an answer")
    served.close()
    connection.close()
    with pytest.raises(ConnectionRefusedError):
        ask(served.port, "GET", "/_amt/health")


def test_policies_are_not_evaluated_and_that_is_said(clients):
    iam = clients("iam")
    with pytest.raises(ClientError) as refusal:
        iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{ACCOUNT}:role/r", ActionNames=["s3:GetObject"]
        )
    assert refusal.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("target", "service"),
    [
        ("Nobody.Nothing", None),
        ("SageMaker.NoSuch", None),
        ("SageMaker.NoSuch", "sagemaker"),
        ("Nobody.Nothing", "no-such-service"),
        (None, "no-such-service"),
        (None, "lambda"),
    ],
)
def test_what_nobody_knows_is_refused_as_data_and_never_as_a_page(served, target, service):
    headers = {"X-Amz-Target": target} if target else {}
    if service:
        credential = f"{ACCOUNT}/20260101/us-east-1/{service}/aws4_request"
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, Signature=x"
    status, body = ask(served.port, "POST", "/nothing", b"{}", **headers)
    assert (status, json.loads(body)["__type"]) == (400, "UnknownOperationException")


def test_a_form_of_no_known_service_is_refused(served):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = ask(served.port, "POST", "/", b"Action=Nothing", **form)
    assert (status, b"<Code>InvalidAction</Code>" in body) == (400, True)


def test_an_unsigned_request_finds_its_service(served):
    status, body = ask(served.port, "POST", "/", b"{}", **{"X-Amz-Target": "SageMaker.ListModels"})
    assert (status, json.loads(body)) == (200, {"Models": []})


@pytest.mark.parametrize("path", ["/_amt/health", "/bkt?delete", "/", "/bkt/k"])
def test_a_web_page_is_not_answered(served, path):
    status, body = ask(served.port, "POST", path, b"<Delete/>", Origin="http://evil.example")
    assert (status, b"Web pages" in body) == (403, True)


def test_a_request_in_chunks_is_read_whole(served):
    connection = http.client.HTTPConnection("127.0.0.1", served.port)
    name = json.dumps({"TrainingJobName": "none"}).encode()
    head = {"X-Amz-Target": "SageMaker.DescribeTrainingJob", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/", iter([name[:5], name[5:]]), head, encode_chunked=True)
    assert b"Requested resource not found" in connection.getresponse().read()
    connection.close()
