"""Which image stands for a training image, without an engine."""

import pytest

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.docker_engine import EngineRefused
from orchestrator.runtime.docker_image import chosen, ensure
from tests.builders import a_training

ECR = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/mine:1"


class Engine:
    def __init__(self, *images, logins=(), registry=()):
        self.images = set(images)
        self.logins = logins
        self.registry = registry

    def has_image(self, image):
        return image in self.images

    def logged_in(self, registry):
        return registry in self.logins

    def pull(self, image):
        if image not in self.registry:
            raise EngineRefused(404, "no such thing")
        self.images.add(image)


def test_a_mapped_image_is_chosen_and_any_other_is_itself():
    images = {"trainer:latest": "local"}
    assert chosen(a_training(), images) == "local"
    assert chosen(a_training(image="other"), images) == "other"


def test_a_job_without_an_image_is_refused():
    with pytest.raises(LaunchRefused, match="arn:algorithm"):
        chosen(a_training(image=None, algorithm="arn:algorithm"), {})


def test_an_image_that_is_here_is_not_pulled():
    ensure(Engine(ECR), ECR)


def test_a_missing_image_is_pulled():
    engine = Engine(registry=["public"])
    ensure(engine, "public")
    assert engine.has_image("public")


def test_an_image_of_ecr_is_pulled_only_with_a_login():
    registry = ECR.partition("/")[0]
    with pytest.raises(LaunchRefused, match=rf"--region cn-north-1 .*{registry}"):
        ensure(Engine(registry=[ECR]), ECR)
    ensure(Engine(registry=[ECR], logins=[registry]), ECR)


def test_a_pull_that_fails_is_said_with_the_mend():
    with pytest.raises(LaunchRefused, match=r"no such thing.*docker pull nowhere") as refusal:
        ensure(Engine(), "nowhere")
    assert not refusal.value.retryable
