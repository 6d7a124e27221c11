"""The terraform program, with providers from a folder instead of the registry."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra.files import INFRA


def missing():
    """Why terraform cannot be used here; empty when it can."""
    if shutil.which("terraform") is None:
        return "terraform is not on the PATH"
    mirror = os.environ.get("AMT_TF_MIRROR")
    if not mirror or not (Path(mirror) / "registry.terraform.io").is_dir():
        return "AMT_TF_MIRROR names no folder with registry.terraform.io"
    return ""


MISSING = missing()
REQUIRED = os.environ.get("AMT_REQUIRE_TERRAFORM") == "1"
needs_terraform = pytest.mark.skipif(
    bool(MISSING) and not REQUIRED, reason=MISSING or "it is there"
)
"""Skips a test where there is no terraform, unless AMT_REQUIRE_TERRAFORM is 1: then it fails."""


class Terraform:
    """One root module in a copy of `infra/`, so that nothing is written into the repository.

    Args:
        folder: Where the copy goes.
        environment: Variables that say where the endpoint is.
        root: Which of ``terraform/envs``.
    """

    def __init__(self, folder, environment, root="local"):
        assert not MISSING, MISSING
        shutil.copytree(INFRA, folder / "infra", ignore=shutil.ignore_patterns(".terraform*"))
        self.root = folder / "infra" / "terraform" / "envs" / root
        settings = folder / "terraformrc"
        mirror = os.environ["AMT_TF_MIRROR"]
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        )
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TF_"))}
        self.environment = (
            kept
            | environment
            | {
                "TF_CLI_CONFIG_FILE": str(settings),
                "TF_IN_AUTOMATION": "1",
                "TF_INPUT": "0",
                "CHECKPOINT_DISABLE": "1",
            }
        )

    def started(self, *words):
        """``terraform words``, begun."""
        return subprocess.Popen(
            ["terraform", *words, "-no-color"],
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __call__(self, *words, code=0):
        """What ``terraform words`` printed; it must end with `code`."""
        process = self.started(*words)
        said, _ = process.communicate()
        assert process.returncode == code, f"terraform {words}: {process.returncode}\n{said}"
        return said

    def outputs(self):
        """The root's outputs, by name."""
        said = json.loads(self("output", "-json"))
        return {name: each["value"] for name, each in said.items()}
