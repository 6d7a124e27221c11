"""A tuning job brought to an endpoint: its files sent, the job created, once.

The job carries its definition's digest as a tag. So the same command can be given again after
whatever interrupted it: the same definition under the same name is the same job and is
followed, another one is refused with what differs.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orchestrator.client import tags, tuning_jobs, upload_bucket
from orchestrator.client.preparation import NAME, PLAIN, Choices, Filler, Prepared
from orchestrator.client.uploads import Shipment, packed, ship, surveyed
from orchestrator.definition.difference import compared, digest, told
from orchestrator.definition.local import resolve
from orchestrator.errors import JobNotFound, NameTaken

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from orchestrator.client.session import Connection
    from orchestrator.client.uploads import Meter, Parcel
    from orchestrator.definition.document import Loaded
    from orchestrator.definition.patch import Json

TAG = "amt:definition"
"""The key of the tag with the digest; its value is `definition.difference.digest`."""

_MOST_TAGS = 50
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Naming:
    """What the job is called; `again` makes another name, when the name is not the user's."""

    name: str
    again: Callable[[], str] | None = None


@dataclass(frozen=True, slots=True)
class Created:
    """A job that is there now; `adopted` is its status when it was there before."""

    name: str
    arn: str
    adopted: str = ""


@dataclass(slots=True)
class Launch:
    """Everything that is known of a launch before anything is made.

    Attributes:
        request: What Create gets, the tag included.
        parcels: What goes up.
    """

    connection: Connection
    naming: Naming
    request: Json
    parcels: tuple[Parcel, ...]
    prepared: Prepared
    choices: Choices

    def survey(self, missing: Collection[str] = ()) -> tuple[Shipment, ...]:
        """What of the parcels is to be sent; only asks. Nothing is in a `missing` bucket."""
        return tuple(
            Shipment(parcel, parcel.items)
            if parcel.bucket in missing
            else surveyed(self.connection, parcel)
            for parcel in self.parcels
        )

    def missing_buckets(self) -> tuple[str, ...]:
        """Buckets of the launch that are not there; only asks."""
        return tuple(
            bucket for bucket in self.buckets if not upload_bucket.there(self.connection, bucket)
        )

    @property
    def buckets(self) -> tuple[str, ...]:
        """The buckets that files of this machine, or models by default, go to."""
        bucket = self.prepared.bucket
        single = self.request.get("TrainingJobDefinition")
        parts = [single] if single else self.request.get("TrainingJobDefinitions") or []
        outputs = [part.get("OutputDataConfig", {}).get("S3OutputPath", "") for part in parts]
        used = [bucket] if any(each.startswith(f"s3://{bucket}/") for each in outputs) else []
        return tuple(dict.fromkeys([*used, *(parcel.bucket for parcel in self.parcels)]))

    def standing(self) -> Created | None:
        """The job of that name and definition that is there already, or None.

        Raises:
            NameTaken: One of another definition is there.
        """
        if self.naming.again is not None:
            return None  # a fresh name
        try:
            job = tuning_jobs.describe(self.connection, self.naming.name, hint=False)
        except JobNotFound:
            return None
        return self._adopted(job)

    def go(self, meter: Meter) -> Created:
        """Send what is missing and create the job; or adopt the one that is there.

        Raises:
            NameTaken: A job of that name and another definition is there.
            BadInput: The bucket is missing or elsewhere, or the endpoint refuses the request.
            Unreachable: Something on the way cannot be reached or is not allowed; what was done
                stays, and the next call goes on from there.
        """
        if (found := self.standing()) is not None:
            return found
        for bucket in self.buckets:
            upload_bucket.ensure(self.connection, bucket, create=self.choices.create_bucket)
        for shipment in self.survey():
            ship(self.connection, shipment, meter)
        for _ in range(_MOST_NAMES):
            try:
                arn = tuning_jobs.create(self.connection, self.request)
            except NameTaken:
                # Our own request, whose answer was lost and that was sent again; or another's.
                if (found := self._met()) is not None:
                    return found
            else:
                return Created(self.naming.name, arn)
        raise tuning_jobs.taken(self.naming.name, "so were others like it.")

    def _met(self) -> Created | None:
        """The job that has our name; None after taking another name."""
        job = tuning_jobs.describe(self.connection, self.naming.name)
        try:
            return self._adopted(job)
        except NameTaken:
            if self.naming.again is None:
                raise
        self.naming = replace(self.naming, name=self.naming.again())
        self.request = {**self.request, NAME: self.naming.name}
        return None

    def _adopted(self, job: Mapping[str, Any]) -> Created:
        arn, name = str(job["HyperParameterTuningJobArn"]), self.naming.name
        mark = tags.of(self.connection, arn).get(TAG)
        if mark == digest(self.request):
            return Created(name, arn, str(job["HyperParameterTuningJobStatus"]))
        changes = told(compared(dict(job), self.request))
        if changes or mark is not None:
            what = (
                f"From that to this:\n{changes}\n"
                if changes
                else "It differs in what Describe does not show."
            )
            raise tuning_jobs.taken(name, f"a job with another definition has it. {what}")
        return Created(name, arn, str(job["HyperParameterTuningJobStatus"]))


@contextmanager
def launch(
    connection: Connection, loaded: Loaded, naming: Naming, choices: Choices = PLAIN
) -> Iterator[Launch]:
    """A launch, made ready; nothing is sent or created yet.

    Raises:
        BadInput: With every fault of the file, for this endpoint.
    """
    prepared = Filler(connection, choices).prepared(loaded, naming.name)
    with packed(prepared.translation.files, prepared.places) as parcels:
        uris = {file: parcel.uri for file, parcel in parcels.items()}
        request = _tagged(resolve(prepared.translation, uris))
        whole = tuple(dict.fromkeys(parcels.values()))
        yield Launch(connection, naming, request, whole, prepared, choices)


def console_link(connection: Connection, name: str) -> str:
    """Where AWS's console shows the job; empty for an emulator."""
    if connection.cloud is None:
        return ""
    region = connection.region
    domain = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}.get(
        "us-gov" if region.startswith("us-gov-") else region.partition("-")[0],
        f"{region}.console.aws.amazon.com",
    )
    return f"https://{domain}/sagemaker/home?region={region}#/hyper-tuning-jobs/{name}"


def _tagged(request: Json) -> Json:
    tags = [tag for tag in request.get("Tags") or () if tag.get("Key") != TAG]  # imported with it
    if len(tags) >= _MOST_TAGS:
        return request  # then only what Describe shows can be compared
    return {**request, "Tags": [*tags, {"Key": TAG, "Value": digest(request)}]}
