"""Offers the embedded model as an OpenAI-style endpoint, so that one client serves both."""

import json
import logging
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from touchloop.errors import InputError
from touchloop.monitor.vlm.embedded import EmbeddedModel
from touchloop.monitor.vlm.wire import Asked, BadRequest, read_request, reply_content

log = logging.getLogger(__name__)
MODEL = "touchloop-vlm"
MAX_BODY_BYTES = 8 * 1024 * 1024
MAX_LENGTH_DIGITS = 15
SOCKET_TIMEOUT_S = 10.0
CHAT, MODELS, HEALTH = "/v1/chat/completions", "/v1/models", "/health"


class VlmServer(ThreadingHTTPServer):
    """Serves until ``shutdown``.

    Args:
        model: answers.
        port: 0 for any free one.
        host: address to listen on.

    Raises:
        InputError: the port cannot be used.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, model: EmbeddedModel, port: int = 0, host: str = "127.0.0.1") -> None:
        self.model = model
        if not 0 <= port <= 65535:
            raise InputError(f"port {port}: expected 0 to 65535")
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise InputError(f"{host}:{port}: cannot listen there ({error.strerror}); try another --port") from error

    @property
    def base_url(self) -> str:
        """For clients."""
        host, port = self.server_address[:2]
        return f"http://{host}:{port}/v1"

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 as the base class has it
        """A client that goes away in the middle is no news."""
        log.warning("a request from %s ended early", client_address, exc_info=True)

    def start(self) -> threading.Thread:
        """Serves in a thread of its own."""
        thread = threading.Thread(target=self.serve_forever, name="vlm server", daemon=True)
        thread.start()
        return thread


class _Handler(BaseHTTPRequestHandler):
    server: VlmServer  # type: ignore[assignment] the base class knows no subclass
    protocol_version = "HTTP/1.1"
    timeout = SOCKET_TIMEOUT_S
    server_version = "touchloop"

    def do_GET(self) -> None:
        """Which models there are, and whether the server is well."""
        if self.path == MODELS:
            self._send(HTTPStatus.OK, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})
        elif self.path == HEALTH:
            self._send(HTTPStatus.OK, {"status": "ok"})
        elif self.path == CHAT:
            self._fail(HTTPStatus.METHOD_NOT_ALLOWED, f"{CHAT} expects POST")
        else:
            self._unknown_path()

    def do_POST(self) -> None:
        """A chat completion."""
        if self.path != CHAT:
            self._drop_body()
            self._unknown_path()
            return
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and len(length) <= MAX_LENGTH_DIGITS):
            self._drop_body()
            self._fail(HTTPStatus.LENGTH_REQUIRED, "the header Content-Length is expected, with the body's bytes")
            return
        if int(length) > MAX_BODY_BYTES:
            self._drop_body()
            self._fail(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"body of {length} bytes: at most {MAX_BODY_BYTES} are read"
            )
            return
        try:
            body = self.rfile.read(int(length))
            if len(body) < int(length):
                self.close_connection = True
                return
            asked = read_request(body)
            answer = self.server.model.ask(asked.pictures, asked.question, asked.allowed)
        except (BadRequest, InputError) as error:
            self._fail(HTTPStatus.BAD_REQUEST, str(error))
            return
        self._send(HTTPStatus.OK, _completion(asked, reply_content(asked, answer)))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What the base class refuses, in the same form."""
        self._drop_body()
        self._fail(HTTPStatus(code), message or HTTPStatus(code).phrase)

    def _drop_body(self) -> None:
        """What was not read must not be taken for the next request."""
        self.close_connection = True

    def _unknown_path(self) -> None:
        self._fail(HTTPStatus.NOT_FOUND, f"path '{self.path[:100]}': expected {CHAT}, {MODELS} or {HEALTH}")

    def _fail(self, status: HTTPStatus, message: str) -> None:
        error = {"message": message, "type": "invalid_request_error", "code": status.phrase.lower().replace(" ", "_")}
        self._send(status, {"error": error})

    def _send(self, status: HTTPStatus, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class names it
        """To the log instead of standard error."""
        log.info(format, *args)


def _completion(asked: Asked, content: str) -> dict[str, Any]:
    now = time.time_ns()
    words = len(asked.question.split())
    return {
        "id": f"chatcmpl-{now:x}",
        "object": "chat.completion",
        "created": now // 1_000_000_000,
        "model": MODEL,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": words, "completion_tokens": 1, "total_tokens": words + 1},
    }
