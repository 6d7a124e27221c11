"""The emulator behind a port: everything `assembly` wires, with S3 and AWS's other services.

What a server that goes away leaves: jobs go on. Training runs in processes and containers of
its own; the next server on the same state folder (or ``amt resume``) takes up every job that
nobody drives, reads what was printed meanwhile and goes on where the last one stopped. So a
restart, asked for or not, costs nothing but the time between.
"""

from __future__ import annotations

import ipaddress
import logging
import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrator import __version__
from orchestrator.assembly import LOCAL, Around, Embedded
from orchestrator.clock import SystemClock
from orchestrator.endpoint.control import Control
from orchestrator.endpoint.gateway import Gateway
from orchestrator.endpoint.http_server import Server
from orchestrator.endpoint.metrics_app import Metrics
from orchestrator.endpoint.other_services.application import OtherServices
from orchestrator.endpoint.permissions.checkpoint import Checkpoint
from orchestrator.endpoint.s3_app import S3Application
from orchestrator.endpoint.s3_elsewhere import S3Elsewhere
from orchestrator.errors import AmtError, Unreachable
from orchestrator.store.protocol import JobKind, Query
from orchestrator.training.spec import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from orchestrator.assembly import Objective
    from orchestrator.settings import Settings

log = logging.getLogger("amt.serve")

HOST, PORT = "127.0.0.1", 4566
BUSY_SECONDS = 5.0
"""How long requests in hand may take when the server leaves."""

STATE = ("state.sqlite", "state.sqlite-wal", "state.sqlite-shm")
FOLDERS = ("training", "leases", "drivers", "s3")


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and how to listen.

    Attributes:
        host: An address of this machine.
        port: 0 takes any free one.
        containers: A second address, which training containers reach this machine at.
        reset: Whether ``/_amt/reset`` may delete everything.
        throttle: Requests a second that each account may send to SageMaker and to the logs of
            training; None for any number.
        enforced: Whether callers may do only what policies allow them.
    """

    host: str = HOST
    port: int = PORT
    containers: str | None = None
    reset: bool = False
    throttle: float | None = None
    enforced: bool = False


def is_loopback(host: str) -> bool:
    """True when only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Served:
    """A server that listens; it answers once `start` was called.

    Args:
        settings: What the environment says.
        runtime: One of ``assembly.RUNTIMES``.
        listening: Where to listen.
        objective: What simulated training answers; None takes the settings'.
        say: Is told, in words, what a person would want to know.

    Raises:
        Unreachable: The address cannot be listened on.
        StateError: The state folder cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        runtime: str,
        listening: Listening,
        *,
        objective: Objective | None = None,
        say: Callable[[str], None] = log.info,
    ) -> None:
        self._settings, self._runtime, self._objective = settings, runtime, objective
        self._say = say
        self._scope = Scope(settings.account, settings.region)
        self._servers = [_listen(self._answer, listening.host, listening.port)]
        self._host = listening.host
        if listening.containers is not None:
            self._servers.append(_listen(self._answer, listening.containers, self.port))
        self._containers, self._throttle = listening.containers, listening.throttle
        self._enforced = listening.enforced
        self._others = OtherServices(
            self._scope,
            self._answer,
            self.port,
            trained=self._trained,
            enforced=listening.enforced,
        )
        self._control = Control(self._health, self.reset if listening.reset else None)
        self._changing = threading.Lock()
        self._embedded, self._application = self._opened()
        self._threads: list[threading.Thread] = []

    @property
    def port(self) -> int:
        """The port."""
        return self._servers[0].port

    @property
    def url(self) -> str:
        """What clients on this machine give as ``endpoint_url``."""
        host = {"0.0.0.0": HOST, "::": "[::1]"}.get(self._host, self._host)  # noqa: S104  (compared)
        return f"http://{f'[{host}]' if ':' in host and host[0] != '[' else host}:{self.port}"

    @property
    def bucket(self) -> str:
        """The SDK's default bucket, which is there from the beginning."""
        return f"sagemaker-{self._scope.region}-{self._scope.account}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send AWS's clients here."""
        return self._variables(self.url)

    def start(self) -> None:
        """Answer requests, and take up the jobs that nobody drives; returns at once."""
        for server in self._servers:
            self._spawn(lambda server=server: server.serve_forever(poll_interval=0.05))
        self._spawn(self._resume)

    def driving(self) -> tuple[str, ...]:
        """ARNs of the jobs that are driven here."""
        return self._embedded.driving()

    def reset(self) -> None:
        """Stop every job, and delete all jobs, logs, objects and what other services hold."""
        with self._changing:
            self._embedded.end_all()
            self._embedded.close()
            home = self._settings.home
            for name in STATE:
                (home / name).unlink(missing_ok=True)
            for name in FOLDERS:
                shutil.rmtree(home / name, ignore_errors=True)
            self._others.reset()
            self._embedded, self._application = self._opened()

    def close(self) -> None:
        """Answer what is in hand, then let go; training goes on."""
        for server in self._servers:
            if self._threads:
                server.shutdown()
            server.server_close()
        for server in self._servers:
            server.quiet(BUSY_SECONDS)
        self._embedded.close()

    # ------------------------------------------------------------------ parts of the above

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._application(environ, start_response)

    def _trained(self, scope: Scope) -> bool:
        query = Query(JobKind.TRAINING, scope.account, scope.region)
        return self._embedded.store.count(query) > 0

    def _opened(self) -> tuple[Embedded, WSGIApplication]:
        """The emulator and everything in front of it.

        Training finds S3 here too, for scripts that read it themselves.
        """
        own_s3 = self._settings.s3 == LOCAL
        around = Around(
            process_environment=self.environment if own_s3 else None,
            container_environment=self._for_containers() if own_s3 else None,
            throttle=self._throttle,
            bus=self._others,
        )
        embedded = Embedded(self._settings, self._runtime, objective=self._objective, around=around)
        s3 = self._s3()
        gateway = Gateway(
            jobs=embedded.application,
            metrics=Metrics(embedded.emulator, self._scope),
            s3=s3,
            others=self._others,
            control=self._control,
        )
        return embedded, Checkpoint(
            gateway,
            self._others,
            self._scope,
            bucket_policy=s3.bucket_policy if isinstance(s3, S3Application) else None,
            enforced=self._enforced,
        )

    def _s3(self) -> S3Application | S3Elsewhere:
        if self._settings.s3 != LOCAL:
            return S3Elsewhere(self._settings.s3)
        s3 = S3Application(self._settings.home / "s3", SystemClock(), self._scope)
        s3.buckets.make(self.bucket)
        return s3

    def _for_containers(self) -> dict[str, str] | None:
        """Nothing where they could not reach it: this machine's loopback is not theirs."""
        if self._containers is None:
            return None
        return self._variables(f"http://{self._containers}:{self.port}")

    def _variables(self, url: str) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": url,
            "AWS_ACCESS_KEY_ID": self._scope.account,
            "AWS_SECRET_ACCESS_KEY": "amt",
            "AWS_REGION": self._scope.region,
            "AWS_DEFAULT_REGION": self._scope.region,
        }

    def _health(self) -> Mapping[str, Any]:
        trouble = self._embedded.trouble()
        return {
            "status": "trouble" if trouble else "ok",
            "trouble": trouble,
            "version": __version__,
            "runtime": self._runtime,
            "driving": len(self._embedded.driving()),
            "services": {
                "sagemaker": "amt",
                "logs": "amt",
                "metrics": "amt",
                "s3": "amt" if self._settings.s3 == LOCAL else self._settings.s3,
                "others": f"moto, {self._others.state}",
            },
        }

    def _resume(self) -> None:
        try:
            taken = self._embedded.resume_all()
        except AmtError as error:
            self._say(f"Unfinished jobs could not be taken up: {error}")
        else:
            if taken:
                self._say(f"Going on with {', '.join(arn.rpartition('/')[2] for arn in taken)}.")

    def _spawn(self, work: Any) -> None:  # noqa: ANN401  (a callable without arguments)
        thread = threading.Thread(target=work, name="amt-serve", daemon=True)
        self._threads.append(thread)
        thread.start()


def _listen(application: WSGIApplication, host: str, port: int) -> Server:
    try:
        return Server(application, host, port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise Unreachable(
            f"Nothing can listen on {host}:{port} ({why}); choose another --port or --host."
        ) from error
