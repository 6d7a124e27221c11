"""Lints the IAM policies of the CloudFormation template: unknown actions, wrong resources.

The Terraform module's are the same, statement by statement, which tests/infra holds it to.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import yaml

warnings.simplefilter("ignore")  # parliament imports pkg_resources

from parliament import analyze_policy_string  # noqa: E402

ARNS = {
    "AWS::ECR::Repository": "arn:aws:ecr:us-east-1:123456789012:repository/made",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/made",
    "AWS::KMS::Key": "arn:aws:kms:us-east-1:123456789012:key/made",
    "AWS::S3::Bucket": "arn:aws:s3:::made",
    "AWS::SNS::Topic": "arn:aws:sns:us-east-1:123456789012:made",
    "AWS::SQS::Queue": "arn:aws:sqs:us-east-1:123456789012:made",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:us-east-1:123456789012:stateMachine:made",
}
PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/made/00000000",
    "TrainerImageRepositories": ARNS["AWS::ECR::Repository"],
    "Name": "amt",
    "Environment": "dev",
}

EXCUSED = {
    ("states:ListExecutions", "mapRun"),
    ("states:DescribeExecution", "express"),
}
"""An action on one of several kinds of resources, of which parliament wants all to be named."""


class Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, kept as ``{name: argument}``."""


def _function(loader: Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _function)


def main() -> int:
    """Print the findings; 1 if there are any."""
    template = yaml.load(Path(sys.argv[1]).read_text(encoding="utf-8"), Loader)
    names = PSEUDO | {
        name: ARNS[each["Type"]]
        for name, each in template["Resources"].items()
        if each["Type"] in ARNS
    }
    found = 0
    for name, each in template["Resources"].items():
        if each["Type"] != "AWS::IAM::ManagedPolicy":
            continue
        document = resolved(each["Properties"]["PolicyDocument"], names)
        for finding in analyze_policy_string(json.dumps(document)).findings:
            if excused(finding):
                continue
            found += 1
            print(f"{name}: {finding.issue} {finding.detail}")
    return 1 if found else 0


def excused(finding: Any) -> bool:
    """True when a finding is one of parliament's own mistakes."""
    if finding.issue != "RESOURCE_MISMATCH":
        return False
    return all(
        any(
            each["action"] == action and f":{kind}" in each["required_format"]
            for action, kind in EXCUSED
        )
        for each in finding.detail
    )


def resolved(value: Any, names: dict[str, str]) -> Any:
    """A value of the template with names in place of references, and conditions taken as met."""
    match value:
        case list():
            return [resolved(each, names) for each in value]
        case {"Ref": str(name)} | {"GetAtt": str(name)}:
            return names[name.removesuffix(".Arn")]
        case {"Sub": str(text)}:
            return re.sub(r"\$\{([\w:]+)(?:\.\w+)?\}", lambda found: names[found[1]], text)
        case {"If": [_, met, _]}:
            return resolved(met, names)
        case dict():
            return {key: resolved(each, names) for key, each in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(main())
