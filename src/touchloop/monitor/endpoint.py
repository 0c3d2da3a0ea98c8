"""A client for any OpenAI-style endpoint, for text and pictures, whose answers must fit a schema.

A model's answer is data from a stranger: it is checked against a pydantic model, what does not fit is asked for once
more, and then the answer is 'unknown'. Nothing raises when the other side misbehaves, and no call takes longer than its
time-out, however slowly the bytes trickle in.
"""

import base64
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import openai
from openai.types.chat import ChatCompletion
from pydantic import BaseModel, ValidationError

from touchloop.errors import InputError

T = TypeVar("T", bound=BaseModel)
ATTEMPTS = 2
MAX_REPLY_CHARACTERS = 50_000
_MAGIC = ((b"\x89PNG", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """Where a model is and how long it may take.

    Raises:
        InputError: an address that is not http, or a time that is not above 0.
    """

    base_url: str
    """As ``http://localhost:11434/v1``."""
    model: str
    api_key: str = field(default="none", repr=False)
    """Most local servers take any."""
    timeout_s: float = 20.0
    """For a question, the second attempt included."""
    max_tokens: int = 1024

    def __post_init__(self) -> None:
        if not self.base_url.startswith(("http://", "https://")):
            raise InputError(f"endpoint {self.base_url!r}: an address with http:// or https:// is expected")
        if not 0.0 < self.timeout_s < float("inf"):
            raise InputError(f"endpoint timeout_s is {self.timeout_s}; it must be a number of seconds above 0")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What came back; ``value`` is None for 'unknown', and ``reason`` says why."""

    value: T | None
    reason: str = ""
    attempts: int = 0
    latency_s: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def known(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


@dataclass(slots=True)
class Usage:
    """What all questions have cost so far."""

    questions: int = 0
    unknown: int = 0
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0


class Endpoint:
    """Asks one model."""

    def __init__(self, config: EndpointConfig) -> None:
        self.config = config
        self.usage = Usage()
        self._client = self._connect()

    def _connect(self) -> openai.OpenAI:
        # One retry is ours: the library must not add its own.
        return openai.OpenAI(
            base_url=self.config.base_url,
            api_key=self.config.api_key,
            timeout=self.config.timeout_s,
            max_retries=0,
        )

    def ask(self, schema: type[T], system: str, text: str, pictures: Sequence[bytes] = ()) -> Answer[T]:
        """The model's answer, as an instance of ``schema``.

        Args:
            schema: what the answer must look like.
            system: what the model is to do.
            text: the question.
            pictures: PNG or JPEG files.

        Raises:
            InputError: a picture is neither PNG nor JPEG.
        """
        messages = _messages(system, text, pictures)
        start = time.monotonic()
        deadline = start + self.config.timeout_s
        reason, prompt, completion, attempts = "", 0, 0, 0
        value: T | None = None
        while attempts < ATTEMPTS and value is None and time.monotonic() < deadline:
            attempts += 1
            reply = self._within(deadline, messages, schema)
            if isinstance(reply, str):
                reason = reply
                continue
            tokens = _tokens(reply)
            prompt, completion = prompt + tokens[0], completion + tokens[1]
            value, reason = _read(reply, schema)
        answer = Answer(value, reason, attempts, time.monotonic() - start, prompt, completion)
        self._count(answer)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _within(self, deadline: float, messages: list[Any], schema: type[T]) -> ChatCompletion | str:
        """One reply, or why there is none; returns at the deadline even if bytes still trickle in."""
        left_s = deadline - time.monotonic()
        found: list[ChatCompletion | str] = []

        client = self._client

        def work() -> None:
            found.append(_once(client, self.config, left_s, messages, schema))

        # The client's own time-out counts from byte to byte, so a trickle would never end.
        thread = threading.Thread(target=work, daemon=True, name="endpoint question")
        thread.start()
        thread.join(left_s)
        if found:
            return found[0]
        # Closing its connections ends the thread at the next byte.
        client.close()
        self._client = self._connect()
        return f"no answer within {self.config.timeout_s:g} s"

    def _count(self, answer: Answer[T]) -> None:
        self.usage.questions += 1
        self.usage.unknown += not answer.known
        self.usage.attempts += answer.attempts
        self.usage.prompt_tokens += answer.prompt_tokens
        self.usage.completion_tokens += answer.completion_tokens
        self.usage.seconds += answer.latency_s


def data_uri(picture: bytes) -> str:
    """A PNG or JPEG file as a data URI; servers that refuse to fetch addresses take these.

    Raises:
        InputError: it is neither.
    """
    for magic, kind in _MAGIC:
        if picture.startswith(magic):
            return f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}"
    raise InputError(f"picture begins with {picture[:4]!r}; a PNG or JPEG file is expected")


def _once(
    client: openai.OpenAI, config: EndpointConfig, timeout_s: float, messages: list[Any], schema: type[T]
) -> ChatCompletion | str:
    response_format: Any = {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "schema": schema.model_json_schema(), "strict": True},
    }
    try:
        return client.chat.completions.create(
            model=config.model,
            messages=messages,
            response_format=response_format,
            temperature=0.0,
            max_tokens=config.max_tokens,
            timeout=timeout_s,
        )
    except openai.APITimeoutError:
        return f"no answer within {config.timeout_s:g} s"
    except openai.APIStatusError as error:
        return f"the endpoint answers {error.status_code}"
    except (openai.OpenAIError, OSError, RuntimeError) as error:
        # Also JSON nested too deep, and a connection that was closed under the reader.
        return f"the endpoint fails: {type(error).__name__}"
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        # The library trusts the body of a reply to be JSON of a certain build; ours may be anything.
        return f"the reply cannot be read: {type(error).__name__}"


def _messages(system: str, text: str, pictures: Sequence[bytes]) -> list[Any]:
    content: list[Any] = [{"type": "text", "text": text}]
    content += [{"type": "image_url", "image_url": {"url": data_uri(picture)}} for picture in pictures]
    # Servers without pictures know a plain text only.
    return [{"role": "system", "content": system}, {"role": "user", "content": content if pictures else text}]


def _tokens(reply: object) -> tuple[int, int]:
    usage = getattr(reply, "usage", None)
    counts = (getattr(usage, "prompt_tokens", 0), getattr(usage, "completion_tokens", 0))
    prompt, completion = (count if isinstance(count, int) and count > 0 else 0 for count in counts)
    return prompt, completion


def _read(reply: object, schema: type[T]) -> tuple[T | None, str]:
    """The value in a reply, or why there is none; the reply may be of any build."""
    choices = getattr(reply, "choices", None)
    if not isinstance(choices, list) or not choices:
        return None, "the reply holds no choice"
    if getattr(choices[0], "finish_reason", None) == "length":
        return None, "the reply was cut off at its token limit"
    content = getattr(getattr(choices[0], "message", None), "content", None)
    if not isinstance(content, str):
        return None, "the reply holds no text"
    if len(content) > MAX_REPLY_CHARACTERS:
        return None, f"the reply has {len(content)} characters; at most {MAX_REPLY_CHARACTERS} are read"
    try:
        return schema.model_validate_json(_without_fence(content)), ""
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        return None, f"the reply does not fit the schema: {where}: {first['msg']}"


def _without_fence(content: str) -> str:
    """JSON without the Markdown fence that some models put around it."""
    stripped = content.strip()
    if stripped.startswith("```") and stripped.endswith("```"):
        return stripped.strip("`").removeprefix("json").strip()
    return stripped
