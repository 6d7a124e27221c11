"""The image that a framework and a version mean, from the sagemaker package's catalogue."""

import json
import os
import subprocess

import pytest

from orchestrator.client.images import Catalogue
from orchestrator.errors import BadInput
from tests.serve.clients import installed
from tests.visitor import ROOT


def retrieve(*, framework, region, version, instance_type, image_scope):
    if framework != "pytorch":
        raise FileNotFoundError(2, "No such file", f"{framework}.json")
    if version != "2.3":
        raise ValueError(f"Unsupported pytorch version: {version}.")
    return f"{region}/{framework}-{image_scope}:{version}-{instance_type}"


def test_the_catalogue_is_asked_for_the_region_and_the_machine():
    catalogue = Catalogue("eu-west-1", retrieve)
    image = catalogue.image_for("pytorch", "2.3", "ml.m5.large")
    assert image == "eu-west-1/pytorch-training:2.3-ml.m5.large"
    catalogue.check()


def test_all_that_is_not_there_is_told_at_once_with_a_mend():
    catalogue = Catalogue("eu-west-1", retrieve)
    catalogue.image_for("pytorch", "9.9", "ml.m5.large")
    catalogue.image_for("torchy", "1", "ml.m5.large")
    catalogue.image_for("pytorch", None, "ml.m5.large")
    with pytest.raises(BadInput) as caught:
        catalogue.check()
    faults = caught.value.faults
    assert [fault.path for fault in faults] == [
        "training.version", "training.framework", "training.version",
    ]  # fmt: skip
    assert all(fault.mend for fault in faults)


def test_without_the_package_the_fault_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("orchestrator.client.images._MODULES", ("no.such.package",))
    catalogue = Catalogue("eu-west-1")
    catalogue.image_for("pytorch", "2.3", "ml.m5.large")
    with pytest.raises(BadInput, match=r"amt-orchestrator\[sdk\]"):
        catalogue.check()


ASK = """
import json
from orchestrator.client.images import Catalogue
catalogue = Catalogue("eu-west-1")
found = [catalogue.image_for(*each, "ml.m5.large") for each in
         [("pytorch", "2.3"), ("sklearn", "1.2-1"), ("pytorch", "9.9"), ("torchy", "1")]]
print(json.dumps([found[:2], [fault.path for fault in catalogue.faults]]))
"""


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("name", "requirement"),
    [("sagemaker-v2", "sagemaker>=2.230,<3"), ("sagemaker-v3", "sagemaker>=3")],
)
def test_both_versions_of_the_package_know_the_same_images(name, requirement, tmp_path):
    python = installed(name, requirement) / "python"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [python, "-c", ASK]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    images, faults = json.loads(done.stdout.splitlines()[-1])
    assert images == [
        "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.3-cpu-py311",
        "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
    ]
    assert faults == ["training.version", "training.framework"]
