"""`amt --on aws` in this process, with AWS_ENDPOINT_URL sending it to a server of our own.

`Faults` stands in front of the server and answers what AWS would in trouble.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from click.testing import CliRunner

from orchestrator.cli.console import Console
from orchestrator.cli.main import cli
from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
from orchestrator.testing.objectives import timed

ACCOUNT, REGION = "000000000000", "us-east-1"
BUCKET = f"sagemaker-{REGION}-{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/training"
JOB = """
strategy: Random
seed: 5
objective: {metric: score, goal: maximize}
metrics: {score: "score=([-+0-9.eE]+)"}
limits: {jobs: 3, parallel: 2}
ranges:
  x: {type: continuous, min: 0.0, max: 1.0}
training:
  image: any/image:1
  entry_point: train.py
  source: src
  role: ROLE
  channels: {training: data}
""".replace("ROLE", ROLE)


def objective(values):
    return [float(values["x"])]


@dataclass
class Rule:
    """Answers requests of one operation, the first so many excepted.

    ``act`` is done once, before the first answer.
    """

    operation: str
    status: str
    code: str
    message: str = ""
    headers: tuple = ()
    after: int = 0
    times: int = 10**9
    act: object = None


@dataclass
class Faults:
    """WSGI in front of a server: counts operations, and breaks those that a rule names."""

    application: object
    rules: list = field(default_factory=list)
    seen: Counter = field(default_factory=Counter)
    every_third: bool = False

    def __call__(self, environ, start_response):
        operation = self.operation(environ)
        number = self.seen[operation] = self.seen[operation] + 1
        if self.every_third and self.seen.total() % 3 == 0:
            json_too = "HTTP_X_AMZ_TARGET" in environ
            code = "ThrottlingException" if json_too else "SlowDown"
            status = "400 Bad Request" if json_too else "503 Slow Down"
            return self.refuse(Rule(operation, status, code), environ, start_response)
        for rule in self.rules:
            if rule.operation == operation and rule.after < number <= rule.after + rule.times:
                if rule.act is not None and number == rule.after + 1:
                    rule.act()
                return self.refuse(rule, environ, start_response)
        return self.application(environ, start_response)

    def operation(self, environ):
        target = environ.get("HTTP_X_AMZ_TARGET")
        if target:
            return target.rpartition(".")[2]
        scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
        service = scope[3] if len(scope) > 3 else "s3"
        if service != "s3":
            return service
        key = environ["PATH_INFO"].strip("/").partition("/")[2]
        copied = "Copy" if environ.get("HTTP_X_AMZ_COPY_SOURCE") else ""
        return f"{environ['REQUEST_METHOD'].title()}{copied}{'Object' if key else 'Bucket'}"

    def refuse(self, rule, environ, start_response):
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        if environ.get("HTTP_X_AMZ_TARGET"):
            body, kind = (
                {"__type": rule.code, "message": rule.message},
                "application/x-amz-json-1.1",
            )
            body = json.dumps(body).encode()
        elif self.operation(environ) in {"sts", "iam", "cloudformation"}:
            kind = "text/xml"
            inner = f"<Code>{rule.code}</Code><Message>{escape(rule.message)}</Message>"
            body = f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>".encode()
        else:
            kind = "application/xml"
            inner = f"<Code>{rule.code}</Code><Message>{escape(rule.message)}</Message>"
            body = f"<Error>{inner}</Error>".encode()
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        headers = [("Content-Type", kind), ("Content-Length", str(len(body))), *rule.headers]
        start_response(rule.status, headers)
        return [body]


class AwsPath:
    """A state folder behind a server, a job file, and the command."""

    def __init__(self, folder, monkeypatch):
        self.folder, self._patch, self._port = folder, monkeypatch, 0
        self.served = self.faults = None
        (folder / "src").mkdir()
        (folder / "src" / "train.py").write_text("print('score=1')")
        (folder / "data").mkdir()
        for number in range(6):
            (folder / "data" / f"{number}.csv").write_text(f"{number},{number}\n")
        (folder / "job.yaml").write_text(JOB)
        self.file = str(folder / "job.yaml")
        monkeypatch.chdir(folder)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AMT_ON", "AMT_HOME", "AMT_RUNTIME"):
            monkeypatch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, "/dev/null")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "amt")
        monkeypatch.setenv("AWS_REGION", REGION)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        self.start()

    def start(self):
        """Serve, at the same port as before."""
        settings = Settings(self.folder / "state", lockstep=True)
        listening = Listening(port=self._port)
        self.served = Served(settings, "simulated", listening, objective=timed(objective))
        self._port = self.served.port
        self.faults = Faults(
            self.served._application, *([self.faults.rules] if self.faults else [])
        )
        self.served._application = self.faults
        self.served.start()
        self._patch.setenv("AWS_ENDPOINT_URL", self.served.url)

    def stop(self):
        if self.served is not None:
            self.served.close()
            self.served = None

    def amt(self, *words, on="aws"):
        """A command's result; its output is JSON if asked."""
        console = Console(settings=Settings.from_environment())
        return CliRunner().invoke(cli, [*words, "--on", on], prog_name="amt", obj=console)

    def answer(self, *words):
        """What a command that must succeed prints under ``--json``."""
        result = self.amt(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def objects(self, prefix=""):
        """Keys of the default bucket."""
        root = self.folder / "state" / "s3" / BUCKET
        found = (file for file in root.rglob("*") if file.is_file())
        keys = sorted(file.relative_to(root).as_posix() for file in found)
        return [key for key in keys if key.startswith(prefix)]


def statement(text):
    """The policy statement that a message shows."""
    return json.loads(text[text.index("{") : text.rindex("}") + 1])
