"""A call to a WSGI application in this process."""

import pytest

from orchestrator.client.embedding import Body, Request, call


def test_the_application_sees_the_request_as_it_was_sent():
    seen = {}

    def application(environ, start_response):
        seen.update(environ, body=environ["wsgi.input"].read())
        start_response("201 Created", [("X-Reply", "yes")])
        return [b"a", b"b"]

    headers = {"Content-Type": "text/plain", "X-Amz-Target": b"SageMaker.Do"}
    reply = call(application, Request("POST", "http://host:80/a%20b?c=d", headers, "text"))
    assert (reply.status, reply.headers, reply.body) == (201, {"x-reply": "yes"}, b"ab")
    assert (seen["PATH_INFO"], seen["QUERY_STRING"]) == ("/a b", "c=d")
    assert (seen["CONTENT_TYPE"], seen["HTTP_X_AMZ_TARGET"]) == ("text/plain", "SageMaker.Do")
    assert (seen["CONTENT_LENGTH"], seen["body"]) == ("4", b"text")


def test_an_answer_is_closed_even_when_it_breaks():
    class Answer:
        closed = False

        def __iter__(self):
            raise OSError("broken")

        def close(self):
            self.closed = True

    answer = Answer()
    with pytest.raises(OSError, match="broken"):
        call(lambda *_: answer, Request("GET", "http://host/", {}))
    assert answer.closed


def test_a_body_is_streamed_whole():
    assert b"".join(Body(b"abcdef").stream(4)) == b"abcdef"
