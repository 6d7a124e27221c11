"""Script mode: how a framework image runs a user's script, as AWS's training toolkit does.

Standard library only and nothing of this package, for the script-mode image carries a copy.
Pure: the caller reads the files and starts the command. Rules are the toolkit's, read in its
documentation and observed in its runs; every path is relative to `Script.base`, so a
host without a container works too (the toolkit's ``SAGEMAKER_BASE_DIR``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

PROGRAM = "sagemaker_program"
SUBMIT_DIRECTORY = "sagemaker_submit_directory"
RESERVED_PREFIX = "sagemaker_"
OWN_HYPERPARAMETERS = frozenset(
    {
        PROGRAM,
        SUBMIT_DIRECTORY,
        "sagemaker_enable_cloudwatch_metrics",
        "sagemaker_region",
        "sagemaker_container_log_level",
        "sagemaker_job_name",
        "default_user_module_name",
        "_tuning_objective_metric",
        "sagemaker_s3_output",
    }
)
"""Hyperparameters that speak to the toolkit and never reach the user's command line."""

KILLED = 137
INFO_LEVEL = 20


class Kind(Enum):
    """What an entry point is, and so how it is run."""

    PROGRAM = "python file"
    PACKAGE = "python package with setup.py"
    SHELL = "shell command"


def decode(text: str) -> object:
    """A hyperparameter's value: JSON where it is JSON, else the text itself."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def setting(name: str, hyperparameters: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """A toolkit setting: the hyperparameter wins, the variable in capitals is the fallback."""
    if name in hyperparameters:
        value = decode(hyperparameters[name])
        return value if isinstance(value, str) else hyperparameters[name]
    return environment.get(name.upper(), "")


def is_script_mode(hyperparameters: Mapping[str, str], environment: Mapping[str, str]) -> bool:
    """True when the job names an entry point for the toolkit to run."""
    return bool(setting(PROGRAM, hyperparameters, environment))


def kind_of(program: str, files: Collection[str]) -> Kind:
    """What `program` is, given the names in the code's top folder."""
    if program.endswith(".sh"):
        return Kind.SHELL
    if "setup.py" in files:
        return Kind.PACKAGE
    return Kind.PROGRAM if program.endswith(".py") else Kind.SHELL


def command(
    program: str, arguments: Sequence[str], files: Collection[str], python: str
) -> list[str]:
    """The argument vector that runs `program` in the code's folder.

    A shell entry point goes through ``sh`` so that a file without ``#!`` runs too, but its
    arguments are never read by the shell.
    """
    kind = kind_of(program, files)
    if kind is Kind.SHELL:
        return ["/bin/sh", "-c", 'exec "$0" "$@"', f"./{program}", *arguments]
    if kind is Kind.PACKAGE:
        return [python, "-m", program.removesuffix(".py").replace("/", "."), *arguments]
    return [python, program, *arguments]


def arguments_of(hyperparameters: Mapping[str, object]) -> list[str]:
    """``--name value`` in order of the names; a name of one letter has one dash."""
    words: list[str] = []
    for name in sorted(hyperparameters):
        words += [f"-{name}" if len(name) == 1 else f"--{name}", _word(hyperparameters[name])]
    return words


def _word(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={value[key]}" for key in sorted(value))
    return str(value)


def encode(value: object) -> str:
    """The text of a variable: text as it is, nothing for None, else compact sorted JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def failure_text(code: int, argv: Sequence[str]) -> str:
    """What the toolkit writes to ``output/failure`` for a script that ended with `code`."""
    lines = ["ExecuteUserScriptError:", f"ExitCode {code}", 'ErrorMessage ""']
    if code == KILLED:
        lines.append('ExtraInfo "OutOfMemory: Process killed by SIGKILL (signal 9)"')
    return "\n".join([*lines, f'Command "{" ".join(argv)}"'])


@dataclass(frozen=True)
class Script:
    """One host's view of a script-mode job.

    Attributes:
        base: Where the host finds what a container has at ``/opt/ml``.
        hyperparameters: The contents of ``hyperparameters.json``.
        resources: The contents of ``resourceconfig.json``.
        inputs: The contents of ``inputdataconfig.json``.
        environment: The variables the platform set.
        cpus, gpus: What the host has.
    """

    base: str
    hyperparameters: Mapping[str, str]
    resources: Mapping[str, Any]
    inputs: Mapping[str, Any]
    environment: Mapping[str, str]
    cpus: int
    gpus: int = 0

    @property
    def program(self) -> str:
        """The entry point, relative to the code's folder; empty when it is not script mode."""
        return setting(PROGRAM, self.hyperparameters, self.environment)

    @property
    def submit_directory(self) -> str:
        """Where the code comes from: an ``s3://`` archive, a local archive or folder, or ''."""
        return setting(SUBMIT_DIRECTORY, self.hyperparameters, self.environment)

    @property
    def code(self) -> str:
        """The folder the code stands in and runs in."""
        return f"{self.base}/code"

    @property
    def user_hyperparameters(self) -> dict[str, object]:
        """The decoded hyperparameters that are the user's own."""
        return {
            name: decode(text)
            for name, text in self.hyperparameters.items()
            if name not in OWN_HYPERPARAMETERS and not name.startswith(RESERVED_PREFIX)
        }

    @property
    def framework_parameters(self) -> dict[str, object]:
        """The ``sagemaker_*`` hyperparameters that are a framework's, not the toolkit's."""
        return {
            name: decode(text)
            for name, text in self.hyperparameters.items()
            if name.startswith(RESERVED_PREFIX) and name not in OWN_HYPERPARAMETERS
        }

    @property
    def arguments(self) -> list[str]:
        """The words behind the entry point on the command line."""
        return arguments_of(self.user_hyperparameters)

    def command(self, files: Collection[str], python: str) -> list[str]:
        """The argument vector to run in `code`, whose top folder has these `files`."""
        return command(self.program, self.arguments, files, python)

    def variables(self) -> dict[str, str]:
        """What the script finds in its environment beside the platform's variables."""
        facts = self._facts()
        variables = {f"SM_{name.upper()}": encode(value) for name, value in facts.items()}
        variables |= {f"SM_CHANNEL_{n.upper()}": self._channel(n) for n in self.inputs}
        variables |= {f"SM_HP_{n.upper()}": encode(v) for n, v in self.user_hyperparameters.items()}
        path = [self.code, *filter(None, [self.environment.get("PYTHONPATH")])]
        return variables | {
            "SM_HPS": encode(self.user_hyperparameters),
            "SM_USER_ARGS": encode(self.arguments),
            "SM_CHANNELS": encode(sorted(self.inputs)),
            "SM_FRAMEWORK_PARAMS": encode(self.framework_parameters),
            "SM_TRAINING_ENV": encode(self._training_environment(facts)),
            "CURRENT_HOST": str(self.resources.get("current_host", "")),
            "SAGEMAKER_JOB_NAME": self._own("sagemaker_job_name"),
            "SAGEMAKER_REGION": self._own("sagemaker_region"),
            "PYTHONPATH": ":".join(path),
        }

    def _own(self, name: str) -> str:
        return encode(decode(self.hyperparameters.get(name, "")))

    def _channel(self, name: str) -> str:
        return f"{self.base}/input/data/{name}"

    def _facts(self) -> dict[str, object]:
        facts: dict[str, object] = {
            **self._cluster(),
            **self._folders(),
            "module_name": self.program.removesuffix(".py"),
            "module_dir": self.submit_directory or self.code,
            "user_entry_point": self.program,
            "framework_module": self.environment.get("SAGEMAKER_TRAINING_MODULE"),
            "resource_config": dict(self.resources),
            "input_data_config": dict(self.inputs),
            "num_cpus": self.cpus,
            "num_gpus": self.gpus,
            "num_neurons": 0,
            "log_level": self._log_level(),
        }
        if "topology" in self.resources:
            facts["topology"] = self.resources["topology"]
        return facts

    def _log_level(self) -> object:
        name = "sagemaker_container_log_level"
        return decode(setting(name, self.hyperparameters, self.environment) or str(INFO_LEVEL))

    def _folders(self) -> dict[str, object]:
        return {
            "input_dir": f"{self.base}/input",
            "input_config_dir": f"{self.base}/input/config",
            "output_dir": f"{self.base}/output",
            "output_data_dir": f"{self.base}/output/data",
            "output_intermediate_dir": f"{self.base}/output/intermediate",
            "model_dir": f"{self.base}/model",
        }

    def _cluster(self) -> dict[str, object]:
        groups = {g["instance_group_name"]: g for g in self.resources.get("instance_groups", [])}
        group = self.resources.get("current_group_name", "")
        return {
            "hosts": list(self.resources.get("hosts", [])),
            "current_host": self.resources.get("current_host"),
            "network_interface_name": self.resources.get("network_interface_name"),
            "current_instance_type": self.resources.get("current_instance_type"),
            "current_instance_group": group,
            "current_instance_group_hosts": groups.get(group, {}).get("hosts", []),
            "instance_groups": list(groups),
            "instance_groups_dict": groups,
            "distribution_instance_groups": [],
            "is_hetero": len(groups) > 1,
        }

    def _training_environment(self, facts: Mapping[str, object]) -> dict[str, object]:
        hosts = self.resources.get("hosts", [])
        master = hosts[0] if hosts else None
        return {
            **facts,
            "additional_framework_parameters": self.framework_parameters,
            "channel_input_dirs": {name: self._channel(name) for name in self.inputs},
            "hyperparameters": self.user_hyperparameters,
            "job_name": self.environment.get("TRAINING_JOB_NAME"),
            "master_hostname": master,
            "is_master": self.resources.get("current_host") == master,
        }
