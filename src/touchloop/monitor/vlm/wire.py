"""Reads chat requests in OpenAI's form, and writes the content of replies."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from touchloop.monitor.vlm.embedded import MAX_PICTURES, Answer

ANSWER, CONFIDENCE = "answer", "confidence"


class BadRequest(ValueError):
    """What is wrong with a request, for whoever sent it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that can be answered."""

    question: str
    pictures: list[bytes]
    as_json: bool
    fields: tuple[str, ...]
    """Of the JSON that is wanted."""
    allowed: tuple[str, ...] | None
    """Answers that the schema permits; None: any."""


def read_request(body: bytes) -> Asked:
    """The question and pictures of the last message of the user, and the form of reply that is wanted.

    Raises:
        BadRequest: it is not to be read, has no question or picture, or wants a schema that cannot be filled.
    """
    try:
        request = json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("the body is not JSON") from error
    if not isinstance(request, dict):
        raise BadRequest("the body is not a JSON object")
    if request.get("stream"):
        raise BadRequest("stream: only false is supported")
    messages = request.get("messages")
    users = (
        [m for m in messages if isinstance(m, dict) and m.get("role") == "user"] if isinstance(messages, list) else []
    )
    if not users:
        raise BadRequest("messages: a list with a message of role 'user' is expected")
    question, pictures = _content(users[-1].get("content"))
    as_json, fields, allowed = _form(request.get("response_format"))
    return Asked(question, pictures, as_json, fields, allowed)


def reply_content(asked: Asked, answer: Answer) -> str:
    """The text of the reply: the answer, or JSON where that is wanted."""
    if not asked.as_json:
        return answer.text
    spelled = next((a for a in asked.allowed or () if _plain(a) == answer.text), answer.text)
    values = {ANSWER: spelled, CONFIDENCE: round(answer.confidence, 4)}
    return json.dumps({name: values[name] for name in asked.fields})


def _content(content: object) -> tuple[str, list[bytes]]:
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise BadRequest("content: a text, or a list of parts of type 'text' and 'image_url', is expected")
    texts, pictures = [], []
    for part in parts:
        if part.get("type") == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        elif part.get("type") == "image_url":
            pictures.append(_picture(part.get("image_url")))
        else:
            raise BadRequest(f"content: part of type {str(part.get('type'))[:40]!r}: expected 'text' or 'image_url'")
    question = " ".join(texts).strip()
    if not question:
        raise BadRequest("content: no question; a part of type 'text' is expected")
    if not 1 <= len(pictures) <= MAX_PICTURES:
        raise BadRequest(f"content: {len(pictures)} pictures; one or two parts of type 'image_url' are expected")
    return question, pictures


def _picture(value: object) -> bytes:
    url = value.get("url") if isinstance(value, dict) else value
    if not isinstance(url, str) or not url.startswith("data:image/") or ";base64," not in url[:64]:
        raise BadRequest("image_url: a data URI is expected, as data:image/png;base64,...")
    try:
        return base64.b64decode(url.split(",", 1)[1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest("image_url: what follows base64, is not base64") from error


def _form(response_format: object) -> tuple[bool, tuple[str, ...], tuple[str, ...] | None]:
    """Whether JSON is wanted, its fields, and which answers it permits."""
    if response_format is None:
        return False, (), None
    kind = response_format.get("type") if isinstance(response_format, dict) else None
    if kind == "text":
        return False, (), None
    if kind == "json_object":
        return True, (ANSWER, CONFIDENCE), None
    if not isinstance(response_format, dict) or kind != "json_schema":
        raise BadRequest("response_format: type 'text', 'json_object' or 'json_schema' is expected")
    holder = response_format.get("json_schema")
    schema = holder.get("schema") if isinstance(holder, dict) else None
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(properties, dict) or ANSWER not in properties:
        raise BadRequest(f"response_format: a schema with the property '{ANSWER}' is expected")
    required = schema.get("required", [])
    others = [n for n in required if n not in (ANSWER, CONFIDENCE)] if isinstance(required, list) else []
    if others:
        raise BadRequest(f"response_format: '{others[0]}' cannot be filled; only {ANSWER} and {CONFIDENCE} can")
    return True, tuple(n for n in (ANSWER, CONFIDENCE) if n in properties), _permitted(properties[ANSWER], schema)


def _permitted(answer: Any, schema: dict[str, Any]) -> tuple[str, ...] | None:
    if isinstance(answer, dict) and isinstance(answer.get("$ref"), str):
        definitions = schema.get("$defs")
        name = answer["$ref"].rsplit("/", 1)[-1]
        answer = definitions.get(name) if isinstance(definitions, dict) else None
    values = answer.get("enum") if isinstance(answer, dict) else None
    if not isinstance(values, list):
        return None
    texts = tuple(value for value in values if isinstance(value, str))
    if not texts:
        raise BadRequest(f"response_format: the enum of '{ANSWER}' has no text")
    return texts


def _plain(text: str) -> str:
    return text.strip().lower().replace("_", " ")
