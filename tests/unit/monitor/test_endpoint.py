import base64
import json
import threading
import time
from typing import Literal

import pytest
from fake_endpoint import completion, dying, event_stream, in_turn, raw, says, serving, silent, trickling
from pydantic import BaseModel

from touchloop.errors import InputError
from touchloop.monitor.endpoint import Endpoint, EndpointConfig, data_uri

PNG = b"\x89PNG\r\n\x1a\nrest"
GOOD = {"answer": "yes", "confidence": 0.75}


class Reply(BaseModel):
    answer: Literal["yes", "no"]
    confidence: float


def ask(behaviour, timeout_s: float = 5.0, pictures=()):
    with serving(behaviour) as server:
        endpoint = Endpoint(EndpointConfig(server.base_url, "fake", timeout_s=timeout_s))
        answer = endpoint.ask(Reply, "You judge.", "Is the board clean?", pictures)
        endpoint.close()
        return answer, server, endpoint


def test_a_good_answer() -> None:
    answer, server, endpoint = ask(says(GOOD), pictures=[PNG])
    assert answer.known
    assert answer.value == Reply(answer="yes", confidence=0.75)
    assert (answer.attempts, answer.prompt_tokens, answer.completion_tokens) == (1, 10, 5)
    assert 0.0 < answer.latency_s < 5.0
    ((path, request),) = server.requests
    assert path == "/v1/chat/completions"
    assert request["response_format"]["type"] == "json_schema"
    assert request["response_format"]["json_schema"]["schema"] == Reply.model_json_schema()
    picture = request["messages"][1]["content"][1]
    assert picture == {"type": "image_url", "image_url": {"url": data_uri(PNG)}}
    assert (endpoint.usage.questions, endpoint.usage.unknown, endpoint.usage.attempts) == (1, 0, 1)


def test_a_question_without_pictures_is_plain_text() -> None:
    _, server, _ = ask(says(GOOD))
    assert server.requests[0][1]["messages"][1]["content"] == "Is the board clean?"


def test_a_fence_around_the_json_is_taken_off() -> None:
    assert ask(says(f"```json\n{json.dumps(GOOD)}\n```"))[0].known


def test_one_retry_mends_one_bad_answer() -> None:
    answer, server, endpoint = ask(in_turn(says("perhaps"), says(GOOD)))
    assert answer.known
    assert answer.attempts == len(server.requests) == 2
    assert answer.prompt_tokens == 20
    assert endpoint.usage.completion_tokens == 10


DEEP = "[" * 20_000
NONSENSE = {
    "no JSON": says("The board is clean!"),
    "another schema": says({"verdict": "ok"}),
    "a value that is not offered": says({"answer": "maybe", "confidence": 1}),
    "a wrong type": says({"answer": "yes", "confidence": "sure"}),
    "NaN beyond JSON": says('{"answer": "yes", "confidence": '),
    "no content": says(None),
    "an empty text": says(""),
    "cut off": says(GOOD, finish_reason="length"),
    "endless": says(json.dumps(GOOD) + " " * 60_000),
    "deep": says(DEEP),
    "not JSON at all": raw(b"<html>hello</html>"),
    "html": raw(b"<html>hello</html>", kind="text/html"),
    "garbage bytes": raw(bytes(range(256)) * 100),
    "a list": raw(b"[1, 2, 3]"),
    "a number": raw(b"7"),
    "null": raw(b"null"),
    "no choices": raw(b'{"choices": []}'),
    "choices of another build": raw(b'{"choices": "yes"}'),
    "a choice that is a text": raw(b'{"choices": ["yes"], "usage": "much"}'),
    "deep body": raw(DEEP.encode()),
    "an error": raw(b'{"error": {"message": "out of memory"}}', status=500),
    "refused": raw(b"{}", status=401),
    "too busy": raw(b"{}", status=429),
    "garbage stream": event_stream,
    "dies in mid-reply": dying,
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_is_unknown_after_exactly_one_retry(name: str) -> None:
    answer, server, endpoint = ask(NONSENSE[name])
    assert answer.value is None
    assert answer.reason
    assert answer.attempts == len(server.requests) == 2
    assert endpoint.usage.unknown == 1


@pytest.mark.parametrize("behaviour", [silent, trickling])
def test_a_slow_endpoint_is_unknown_in_time(behaviour) -> None:
    start = time.monotonic()
    answer, server, _ = ask(behaviour, timeout_s=0.5)
    assert answer.value is None
    assert "no answer within 0.5 s" in answer.reason
    assert answer.latency_s < 1.5
    assert time.monotonic() - start < 8.0
    assert len(server.requests) == 1


def test_a_trickle_leaves_no_thread_behind() -> None:
    with serving(trickling) as server:
        endpoint = Endpoint(EndpointConfig(server.base_url, "fake", timeout_s=0.3))
        endpoint.ask(Reply, "", "")
        deadline = time.monotonic() + 5.0
        while any(thread.name == "endpoint question" for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        server.behaviour = says(GOOD)
        assert endpoint.ask(Reply, "", "").known
        endpoint.close()


def test_an_endpoint_that_is_not_there_is_unknown() -> None:
    endpoint = Endpoint(EndpointConfig("http://127.0.0.1:9/v1", "fake", timeout_s=5.0))
    answer = endpoint.ask(Reply, "", "")
    endpoint.close()
    assert answer.value is None
    assert answer.attempts == 2


def test_strange_counts_of_tokens_do_no_harm() -> None:
    body = completion(json.dumps(GOOD), usage={"prompt_tokens": "many", "completion_tokens": -3})
    answer, _, _ = ask(raw(body))
    assert answer.known
    assert (answer.prompt_tokens, answer.completion_tokens) == (0, 0)


def test_pictures_are_data_uris() -> None:
    assert data_uri(PNG) == "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert data_uri(b"\xff\xd8\xff\xe0").startswith("data:image/jpeg;base64,")
    with pytest.raises(InputError, match="PNG or JPEG"):
        data_uri(b"GIF89a")


def test_a_bad_address_is_told_at_once() -> None:
    with pytest.raises(InputError, match="http"):
        EndpointConfig("localhost:8000", "m")
    with pytest.raises(InputError, match="above 0"):
        EndpointConfig("http://localhost:8000", "m", timeout_s=0.0)


def test_the_key_is_not_shown() -> None:
    assert "secret" not in repr(EndpointConfig("http://x", "m", api_key="secret"))
