"""For tests of code that tunes: `emulated`, an endpoint in this process; `plugin` for pytest.

>>> from orchestrator.testing import emulated
>>> with emulated(objective=lambda values: float(values["x"]) ** 2) as amt:
...     pass  # boto3.client("sagemaker").create_hyper_parameter_tuning_job(…)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.testing.emulation import Emulation as Emulation
    from orchestrator.testing.emulation import emulated as emulated

__all__ = ["Emulation", "emulated"]


def __getattr__(name: str) -> Any:  # noqa: ANN401  (the plugin is loaded where nothing tunes)
    if name in __all__:
        from orchestrator.testing import emulation  # noqa: PLC0415  (it imports botocore)

        return getattr(emulation, name)
    raise AttributeError(name)
