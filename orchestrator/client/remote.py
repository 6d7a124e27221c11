"""Connections to endpoints outside of this process: AWS, or an emulator behind a URL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from orchestrator.aws.s3 import S3Objects
from orchestrator.client import session

if TYPE_CHECKING:
    from orchestrator.settings import Settings

ANY_ROLE = "arn:aws:iam::{account}:role/amt-local"
"""The role of jobs of an emulator, which takes any."""


def served(settings: Settings, url: str) -> session.Connection:
    """An emulator at `url`, for the settings' own account."""
    account = settings.account
    access = session.Access(settings.region, endpoint_url=url, account=account)
    return session.Connection(
        label=url,
        sagemaker=session.sagemaker_client(access),
        logs=session.logs_client(access),
        bucket=S3Objects(session.s3_client(access)),
        account=account,
        region=settings.region,
        default_bucket=f"sagemaker-{settings.region}-{account}",
        default_role=ANY_ROLE.format(account=account),
        price_list=session.price_list_client(access),
        service_quotas=session.service_quotas_client(access),
    )


def aws(settings: Settings) -> session.Connection:
    """AWS itself, with the user's own credentials.

    Raises:
        Unreachable: There is no such region; botocore's errors for what else is missing.
    """
    access = session.Access(session.chosen_region(settings.aws_region))
    beside = cloud(access)
    return session.Connection(
        label="aws",
        sagemaker=session.sagemaker_client(access),
        logs=session.logs_client(access),
        bucket=S3Objects(beside.s3),
        account=beside.account,
        region=access.region,
        default_bucket=f"sagemaker-{access.region}-{beside.account}",
        default_role=None,
        price_list=session.price_list_client(access),
        service_quotas=session.service_quotas_client(access),
        cloud=replace(beside, renewed=lambda: aws(settings)),
    )


def cloud(access: session.Access) -> session.Cloud:
    """Whose the user's own credentials are, and what else AWS is asked for in a launch."""
    account, arn = session.caller(access)
    return session.Cloud(
        account=account,
        caller=arn,
        s3=session.s3_client(access),
        iam=session.iam_client(access),
        cloudformation=session.cloudformation_client(access),
    )
