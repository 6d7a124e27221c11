"""Training images of frameworks: which one ``framework`` and ``version`` mean in a region.

The catalogue is the ``sagemaker`` package's own (extra ``sdk``, version 2 or 3), which has it as
files: it is asked without a network. This is the only door to that package.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestrator.errors import BadInput, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    Retrieve = Callable[..., str]

_MODULES = ("sagemaker.core.image_uris", "sagemaker.image_uris")
_STAND_IN = "000000000000.dkr.ecr.us-east-1.amazonaws.com/unknown:latest"


@dataclass(slots=True)
class Catalogue:
    """Looks images up; what cannot be found is kept, so that all faults are told at once.

    Attributes:
        region: Where the job runs.
        retrieve: The package's function; None looks for the package when it is first asked.
        faults: What was wrong so far.
    """

    region: str
    retrieve: Retrieve | None = None
    faults: list[Fault] = field(default_factory=list)

    def image_for(self, framework: str, version: str | None, instance_type: str) -> str:
        """The image's URI, or a stand-in when a fault was noted."""
        retrieve = self.retrieve = self.retrieve or _installed()
        if retrieve is None:
            mend = "pip install 'amt-orchestrator[sdk]', or write training.image."
            return self._wrong("framework", "needs the sagemaker package", framework, mend)
        if version is None:
            problem = "is missing: the newest changes with the catalogue"
            return self._wrong("version", problem, None, 'Write it in quotes, such as "2.3".')
        try:
            uri = retrieve(
                framework=framework,
                region=self.region,
                version=version,
                instance_type=instance_type,
                image_scope="training",
            )
        except OSError:  # one file a framework
            mend = "Write `pytorch`, `tensorflow`, `sklearn`, `xgboost`, …, or training.image."
            return self._wrong("framework", "is not in SageMaker's catalogue", framework, mend)
        except Exception as error:  # noqa: BLE001  (the package raises what it likes)
            said = " ".join(str(error).split()).rstrip(".")
            mend = "Write another, in quotes, or the image itself as training.image."
            return self._wrong("version", f"has no image: {said}", version, mend)
        return str(uri)

    def check(self) -> None:
        """Raise BadInput when anything was wrong."""
        if self.faults:
            raise BadInput(self.faults)

    def _wrong(self, key: str, problem: str, value: str | None, mend: str) -> str:
        self.faults.append(Fault(f"training.{key}", problem, value, mend))
        return _STAND_IN


def _installed() -> Retrieve | None:
    from importlib import import_module  # noqa: PLC0415  (only for jobs that name a framework)

    logging.getLogger("sagemaker").setLevel(logging.ERROR)  # it greets at import
    for name in _MODULES:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                module: Any = import_module(name)
        except ImportError:
            continue
        found: Retrieve = module.retrieve
        return found
    return None
