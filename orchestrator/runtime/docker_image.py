"""Which image of this machine stands for a training image, and how it gets here.

A mapped image is used as it is. Any other is pulled when it is missing, except one of
Amazon ECR without a login: it cannot succeed, and what would make it succeed is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orchestrator.errors import LaunchRefused
from orchestrator.runtime.docker_engine import EngineRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestrator.runtime.docker_engine import DockerEngine
    from orchestrator.training.spec import TrainingSpec

ECR = re.compile(
    r"(?P<registry>\d{12}\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?)/"
)


def chosen(spec: TrainingSpec, images: Mapping[str, str]) -> str:
    """The image to run for `spec`, by this machine's name for it.

    Raises:
        LaunchRefused: The job names no image.
    """
    if spec.image is None:
        raise LaunchRefused(
            f"training job {spec.name} names an algorithm ({spec.algorithm}), not a training "
            "image, and a container needs an image; give TrainingImage"
        )
    return images.get(spec.image, spec.image)


def ensure(engine: DockerEngine, image: str) -> None:
    """Make sure that the engine has `image`; blocks while it is pulled.

    Raises:
        LaunchRefused: It is not here and cannot be pulled.
    """
    if engine.has_image(image):
        return
    ecr = ECR.match(image)
    if ecr is not None and not engine.logged_in(ecr["registry"]):
        raise LaunchRefused(
            f"image {image} is not on this machine, and Docker has no login for its registry; run "
            f"aws ecr get-login-password --region {ecr['region']} | docker login --username AWS "
            f"--password-stdin {ecr['registry']}   or map it to an image that is here"
        )
    try:
        engine.pull(image)
    except EngineRefused as refusal:
        raise LaunchRefused(
            f"image {image} is not on this machine and cannot be pulled ({refusal}); "
            "check its name, build it, or pull it by hand: docker pull " + image
        ) from refusal
