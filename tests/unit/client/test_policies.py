"""The statement that a refusal asks for."""

import json

import pytest

from orchestrator.client.policies import Refusal, permission


def statement(text):
    return json.loads(text[text.index("{") : text.rindex("}") + 1])


def test_the_message_names_who_what_and_where():
    said = (
        "User: arn:aws:sts::1:assumed-role/dev/me is not authorized to perform: s3:PutObject on "
        'resource: "arn:aws:s3:::my.bucket/a key.csv" because no identity-based policy allows it'
    )
    told = permission(Refusal(said, "PutObject"))
    assert "No policy of arn:aws:sts::1:assumed-role/dev/me allows s3:PutObject" in told
    assert statement(told)["Action"] == "s3:PutObject"
    assert statement(told)["Resource"].startswith("arn:aws:s3:::my.bucket/a")


def test_a_resource_at_the_end_of_a_sentence_has_no_full_stop():
    said = "not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/x."
    assert statement(permission(Refusal(said)))["Resource"] == "arn:aws:iam::1:role/x"


@pytest.mark.parametrize(
    ("operation", "actions"),
    [
        ("PutObject", "s3:PutObject"),
        ("CopyObject", ["s3:GetObject", "s3:PutObject"]),
        ("PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
        ("FilterLogEvents", "logs:FilterLogEvents"),
    ],
)
def test_a_refusal_without_words_is_known_by_its_operation(operation, actions):
    found = statement(permission(Refusal("Forbidden", operation, "arn:aws:x")))
    assert found == {"Effect": "Allow", "Action": actions, "Resource": "arn:aws:x"}


def test_what_is_not_understood_is_passed_on_as_it_is():
    assert permission(Refusal("No way.", "Unheard")) == (
        "The credentials do not allow this. No way."
    )
