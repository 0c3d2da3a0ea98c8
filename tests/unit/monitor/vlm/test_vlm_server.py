import http.client
import json
from collections.abc import Iterator
from typing import Any, Literal

import cv2
import numpy as np
import pytest
from pydantic import BaseModel

from touchloop.errors import InputError
from touchloop.monitor.endpoint import Endpoint, EndpointConfig, data_uri
from touchloop.monitor.vlm.embedded import EmbeddedModel
from touchloop.monitor.vlm.questions import ANSWERS
from touchloop.monitor.vlm.server import MAX_BODY_BYTES, VlmServer

PNG = cv2.imencode(".png", np.full((240, 320, 3), 3, np.uint8))[1].tobytes()
CHAT = "/v1/chat/completions"


class Said(BaseModel):
    answer: str
    confidence: float


class YesNo(BaseModel):
    answer: Literal["yes", "no", "unknown"]
    confidence: float


class Other(BaseModel):
    verdict: str


@pytest.fixture(scope="module")
def server() -> Iterator[VlmServer]:
    with VlmServer(EmbeddedModel.load()) as running:
        thread = running.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def endpoint(server: VlmServer) -> Iterator[Endpoint]:
    client = Endpoint(EndpointConfig(server.base_url, "touchloop-vlm"))
    yield client
    client.close()


def send(server: VlmServer, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10.0)
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def chat(server: VlmServer, content: object, **more: object) -> tuple[int, dict[str, Any]]:
    body = {"model": "any", "messages": [{"role": "user", "content": content}], **more}
    return send(server, "POST", CHAT, json.dumps(body).encode())


def parts(*urls: str, text: str = "is it dark?") -> list[dict[str, Any]]:
    return [{"type": "text", "text": text}, *({"type": "image_url", "image_url": {"url": url}} for url in urls)]


def test_the_monitors_client_gets_checked_answers(endpoint: Endpoint) -> None:
    one = endpoint.ask(Said, "Answer briefly.", "is it dark?", [PNG])
    assert one.value is not None
    assert one.value.answer in ANSWERS
    assert 0.0 <= one.value.confidence <= 1.0
    two = endpoint.ask(YesNo, "Answer briefly.", "did the box move?", [PNG, PNG])
    assert two.value is not None
    assert two.attempts == 1


def test_a_schema_that_cannot_be_filled_is_unknown_to_the_client(endpoint: Endpoint) -> None:
    said = endpoint.ask(Other, "", "is it dark?", [PNG])
    assert not said.known
    assert "400" in said.reason


def test_plain_text_without_a_schema(server: VlmServer) -> None:
    status, reply = chat(server, parts(data_uri(PNG)))
    assert status == 200
    assert reply["choices"][0]["message"]["content"] in ANSWERS
    assert reply["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("is it dark?", "0 pictures"),
        (parts(*[data_uri(PNG)] * 3), "3 pictures"),
        (parts("http://example.com/a.png"), "data URI"),
        (parts("data:image/png;base64,???"), "not base64"),
        (parts("data:image/png;base64,aGVsbG8="), "cannot be read"),
        (parts("data:image/png;base64,"), "cannot be read"),
        (parts(data_uri(PNG), text=" "), "no question"),
        (parts(data_uri(PNG), text="x" * 1000), "characters"),
        ([{"type": "audio"}], "'audio'"),
        (7, "a text, or a list"),
        (None, "a text, or a list"),
    ],
)
def test_bad_content_is_refused(server: VlmServer, content: object, message: str) -> None:
    status, reply = chat(server, content)
    assert status == 400
    assert message in reply["error"]["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"messages": 3}', b"[" * 100_000])
def test_bad_bodies_are_refused(server: VlmServer, body: bytes) -> None:
    status, reply = send(server, "POST", CHAT, body)
    assert status == 400
    assert reply["error"]["message"]


@pytest.mark.parametrize(
    "form", [{"type": "xml"}, {"type": "json_schema"}, {"type": "json_schema", "json_schema": {"schema": {}}}, "json"]
)
def test_bad_forms_are_refused(server: VlmServer, form: object) -> None:
    status, reply = chat(server, parts(data_uri(PNG)), response_format=form)
    assert status == 400
    assert "response_format" in reply["error"]["message"]


def test_paths_methods_and_sizes(server: VlmServer) -> None:
    assert send(server, "GET", "/v1/models")[1]["data"][0]["id"] == "touchloop-vlm"
    assert send(server, "GET", "/health")[0] == 200
    assert send(server, "GET", CHAT)[0] == 405
    for method in ("GET", "POST"):
        status, reply = send(server, method, "/v1/other")
        assert status == 404
        assert "/v1/chat/completions" in reply["error"]["message"]
    status, reply = send(server, "POST", CHAT, **{"Content-Length": str(MAX_BODY_BYTES + 1)})
    assert status == 413
    assert str(MAX_BODY_BYTES) in reply["error"]["message"]
    for length in ("many", "-1", "9" * 5000):
        assert send(server, "POST", CHAT, **{"Content-Length": length})[0] == 411
    status, reply = send(server, "PUT", CHAT, b"{}")
    assert status == 501
    assert "PUT" in reply["error"]["message"]
    assert chat(server, parts(data_uri(PNG)))[0] == 200


def test_ports_that_cannot_be_used(server: VlmServer) -> None:
    with pytest.raises(InputError, match="expected 0 to 65535"):
        VlmServer(server.model, 70_000)
    with pytest.raises(InputError, match="cannot listen"):
        VlmServer(server.model, int(server.server_address[1]))
