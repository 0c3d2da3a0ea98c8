"""An OpenAI-style server that misbehaves as it is told."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Reads a request and hands it to the behaviour."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, json.loads(body)))
        try:
            self.server.behaviour(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def send(self, body: bytes, status: int = 200, kind: str = "application/json", claimed: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviour = behaviour
        self.requests: list[tuple[str, dict]] = []
        self.over = threading.Event()

    def handle_error(self, _request: object, _address: object) -> None:
        """Clients that hang up are what is tested; anything else is an error of the fake."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(_request, _address)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Server]:
    with Server(behaviour) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join(5.0)


def completion(content: object, finish_reason: str = "stop", usage: object = None) -> bytes:
    message = {"role": "assistant", "content": content}
    reply = {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "fake",
        "choices": [{"index": 0, "finish_reason": finish_reason, "message": message}],
        "usage": usage or {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }
    return json.dumps(reply).encode()


def says(content: object, **kwargs: object) -> Behaviour:
    """Answers with this text, or, if it is not a text, with its JSON as the text."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    return lambda handler: handler.send(completion(text, **kwargs))


def raw(body: bytes, **kwargs: object) -> Behaviour:
    return lambda handler: handler.send(body, **kwargs)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One behaviour a request; the last one stays."""
    return lambda handler: behaviours[min(len(handler.server.requests), len(behaviours)) - 1](handler)


def silent(handler: Handler) -> None:
    """Takes the request and never answers."""
    handler.server.over.wait(30.0)
    handler.close_connection = True


def trickling(handler: Handler) -> None:
    """Sends a byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    end = time.monotonic() + 30.0
    while not handler.server.over.wait(0.05) and time.monotonic() < end:
        handler.wfile.write(b" ")
        handler.wfile.flush()


def dying(handler: Handler) -> None:
    """Dies in the middle of its reply."""
    whole = completion("{}")
    handler.send(whole[: len(whole) // 2], claimed=len(whole))
    handler.wfile.flush()
    handler.connection.close()
    handler.close_connection = True


def event_stream(handler: Handler) -> None:
    """Streams garbage though nobody asked for a stream."""
    handler.send(b"data: {\xff\xfe\n\n" * 1000 + b"data: [DONE]\n\n", kind="text/event-stream")
