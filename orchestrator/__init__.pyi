from orchestrator.api import Best as Best
from orchestrator.api import Definition as Definition
from orchestrator.api import Result as Result
from orchestrator.api import TuningJob as TuningJob

__version__: str
__all__ = ["Best", "Definition", "Result", "TuningJob"]
