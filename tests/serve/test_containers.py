"""Training containers reach S3 at the server, when it listens where they can."""

from __future__ import annotations

import docker
import pytest

from orchestrator.serving import Listening, Served
from orchestrator.settings import Settings
from tests.serve.conftest import Clients
from tests.serve.jobs import tuning_request, upload
from tests.serve.server import ended

SCRIPT = """
import os, urllib.request
url = os.environ["AWS_ENDPOINT_URL"] + "/bkt/read"
with urllib.request.urlopen(url) as answer:
    print(f"loss={answer.read().decode()};", flush=True)
"""


@pytest.mark.docker
def test_a_container_reads_an_object_at_the_bridge(tmp_path, script_mode_image):
    engine = docker.from_env()
    (bridge,) = engine.networks.get("bridge").attrs["IPAM"]["Config"]
    engine.close()
    address = bridge.get("Gateway") or bridge["Subnet"].replace(".0.0/16", ".0.1")
    served = Served(Settings(tmp_path), "docker", Listening(port=0, containers=address))
    served.start()
    clients = Clients(served.url)
    try:
        s3, sagemaker = clients("s3"), clients("sagemaker")
        upload(s3, "bkt", SCRIPT)
        s3.put_object(Bucket="bkt", Key="read", Body=b"0.5")
        request = tuning_request("tune", "bkt", jobs=1)
        algorithm = request["TrainingJobDefinition"]["AlgorithmSpecification"]
        algorithm["TrainingImage"] = script_mode_image
        sagemaker.create_hyper_parameter_tuning_job(**request)
        job = ended(sagemaker, "tune")
        best = job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
        assert best["Value"] == 0.5
    finally:
        clients.close()
        served.close()
