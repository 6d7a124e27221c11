"""Everything about `infra/` that can be checked without an endpoint: `make lint-infra`.

Runs on a copy, two checks at a time, and prints one line a check, with what a failed one said.
Exit code 1 if one fails. Checks of terraform need the program and, where the registry is not to
be asked, AMT_TF_MIRROR: a folder that holds ``registry.terraform.io``. Where terraform is
absent they are left out, or fail if AMT_REQUIRE_TERRAFORM is 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
ROOTS = ("local", "dev")
"""prod's files are dev's, but for the values; tests/infra holds it to that."""

CHECKOV_FRAMEWORKS = ("terraform", "cloudformation", "github_actions")


@dataclass(frozen=True, slots=True)
class Check:
    """A name and commands, each with the folder it runs in, that must all succeed."""

    name: str
    commands: tuple[tuple[Path, tuple[str, ...]], ...]


def main() -> int:
    """Run the checks whose names contain one of the words given; without words all."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="amt-infra-") as folder:
        copy = Path(folder) / "infra"
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        environment = surroundings(Path(folder))
        checks = [*terraform_checks(copy), *other_checks(copy)]
        if words := sys.argv[1:]:
            checks = [check for check in checks if any(word in check.name for word in words)]
        with ThreadPoolExecutor(2) as pool:
            passed = list(pool.map(lambda check: run(check, environment), checks))
    if not checks:
        print("no check has such a name", file=sys.stderr)
    print(f"{sum(passed)} of {len(passed)} checks passed in {time.monotonic() - started:.0f} s")
    return 0 if passed and all(passed) else 1


def run(check: Check, environment: dict[str, str]) -> bool:
    """Run one check and print how it went."""
    started, said = time.monotonic(), ""
    for folder, command in check.commands:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            said = f"$ {' '.join(command)}\n{done.stdout}"
            break
    seconds = time.monotonic() - started
    print(
        f"{'FAILED' if said else 'ok':6} {seconds:5.1f} s  {check.name}\n{said}", end="", flush=True
    )
    return not said


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of the checks: no credentials, no questions, providers from the mirror."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    kept |= {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    if mirror := os.environ.get("AMT_TF_MIRROR"):
        settings = folder / "terraformrc"
        settings.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        )
        kept["TF_CLI_CONFIG_FILE"] = str(settings)
    return kept


def terraform_checks(infra: Path) -> list[Check]:
    """Form, types and the module's own tests, with every answer of AWS made up."""
    if shutil.which("terraform") is None:
        if os.environ.get("AMT_REQUIRE_TERRAFORM") == "1":
            return [Check("terraform is there", ((infra, ("false",)),))]
        print("left out: the checks of terraform, which is not on the PATH")
        return []
    module = infra / "terraform" / "modules" / "amt"
    init = ("terraform", "init", "-backend=false", "-no-color")
    checks = [
        Check("terraform test", ((module, init), (module, ("terraform", "test", "-no-color")))),
        Check("terraform fmt", ((infra, ("terraform", "fmt", "-check", "-diff", "-recursive")),)),
    ]
    for name in ROOTS:
        root = infra / "terraform" / "envs" / name
        validate = ("terraform", "validate", "-no-color")
        checks.append(Check(f"terraform validate {name}", ((root, init), (root, validate))))
    return checks


def other_checks(infra: Path) -> list[Check]:
    """Scanners and linters, from this program's own environment."""
    template = infra / "cloudformation" / "amt.yaml"
    literal = infra.parent / "literal.yaml"
    # cfn-lint's schema of state machines knows no partition but aws in what a task calls, and no
    # Arguments that are one expression, which statelint does.
    text = template.read_text(encoding="utf-8").replace("${partition}", "aws")
    literal.write_text(text.replace('"Arguments": "{% $states.input %}"', '"Arguments": {}'))
    workflows = infra / ".github" / "workflows"
    shutil.copytree(infra / "github", workflows)
    workflow, action = workflows / "tune.yml", workflows / "amt" / "action.yml"
    gitlab = infra / "gitlab" / "tune.gitlab-ci.yml"

    def schema(name: str, what: Path, *more: str) -> tuple[str, ...]:
        return program("check-jsonschema", "--builtin-schema", name, *more, what)

    quiet = ("--compact", "--quiet", "--skip-download")
    machines = sorted((infra / "stepfunctions").glob("*.asl.json"))
    listed = {
        "checkov": [program("checkov", "-d", infra, *quiet, "--framework", *CHECKOV_FRAMEWORKS)],
        "cfn-lint": [program("cfn-lint", literal)],
        "policies": [(sys.executable, str(HERE / "check_policies.py"), str(template))],
        "statelint": [program("statelint", machine) for machine in machines],
        "schemas": [
            schema("vendor.github-workflows", workflow),
            schema("vendor.github-actions", action),
            schema("vendor.gitlab-ci", gitlab, "--data-transform", "gitlab-ci"),
        ],
        "zizmor": [
            program("zizmor", "--offline", "--config", workflows / "zizmor.yml", workflow, action)
        ],
    }
    return [
        Check(name, tuple((infra, command) for command in commands))
        for name, commands in listed.items()
    ]


def program(name: str, *words: object) -> tuple[str, ...]:
    """A command of this program's environment."""
    return (str(PROGRAMS / name), *(str(word) for word in words))


if __name__ == "__main__":
    sys.exit(main())
