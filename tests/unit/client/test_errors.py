"""What botocore raises, said again: the kind of error, and the mend it names."""

import pytest
from botocore import exceptions as botocore_errors

from orchestrator.client.errors import explained
from orchestrator.errors import (
    BadInput,
    CredentialsExpired,
    Interrupted,
    JobNotFound,
    NameTaken,
    Unreachable,
    WrongStatus,
)


def answered(code, message="said", status=400):
    response = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return botocore_errors.ClientError(response, "DescribeHyperParameterTuningJob")


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (answered("ResourceNotFound"), JobNotFound, "no job called demo"),
        (answered("ResourceInUse", "name exists"), NameTaken, "name exists"),
        (answered("ExpiredToken"), CredentialsExpired, "expired"),
        (answered("ExpiredTokenException"), CredentialsExpired, "expired"),
        (answered("UnrecognizedClientException"), Unreachable, "not accepted"),
        (answered("AccessDeniedException", "not you"), Unreachable, "not you"),
        (answered("ThrottlingException"), Interrupted, "throttled"),
        (answered("InternalFailure", "oops", 500), Unreachable, "answered 500"),
        (answered("ResourceLimitExceeded", "10 of 10 used"), BadInput, "10 of 10 used"),
        (answered("ValidationException", "Requested resource not found."), JobNotFound, "demo"),
        (answered("ValidationException", "is not in a terminal state"), WrongStatus, "terminal"),
        (botocore_errors.NoCredentialsError(), Unreachable, "aws configure"),
        (botocore_errors.ProfileNotFound(profile="x"), Unreachable, "AWS_PROFILE"),
        (botocore_errors.NoRegionError(), Unreachable, "AWS_REGION"),
        (
            botocore_errors.EndpointConnectionError(endpoint_url="http://h:1", error="x"),
            Interrupted,
            "http://h:1 refuses the connection",
        ),
        (
            botocore_errors.ReadTimeoutError(endpoint_url="http://h:1", error="x"),
            Interrupted,
            "does not answer",
        ),
        (
            botocore_errors.ParamValidationError(report="Missing required parameter: X"),
            BadInput,
            "Missing required parameter",
        ),
    ],
)
def test_each_error_becomes_ours_with_its_mend(error, kind, said):
    ours = explained(error, "http://endpoint", "demo")
    assert type(ours) is kind
    assert said in str(ours)


def test_all_constraints_of_one_answer_become_faults():
    message = (
        "2 validation errors detected: Value 'Banana' at 'hyperParameterTuningJobConfig.strategy' "
        "failed to satisfy constraint: Member must satisfy enum value set: [Bayesian, Random]; "
        "Value '' at 'name' failed to satisfy constraint: Member must have length greater than 0"
    )
    ours = explained(answered("ValidationException", message), "aws")
    assert isinstance(ours, BadInput)
    assert [(fault.path, fault.value) for fault in ours.faults] == [
        ("hyperParameterTuningJobConfig.strategy", "Banana"),
        ("name", ""),
    ]
    assert ours.faults[0].problem.endswith("[Bayesian, Random]")


def test_what_is_neither_ours_nor_botocores_is_left_alone():
    assert explained(ZeroDivisionError(), "aws") is None
