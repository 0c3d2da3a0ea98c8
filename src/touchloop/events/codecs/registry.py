"""Encodings by name."""

from collections.abc import Callable

from touchloop.errors import InputError
from touchloop.events.codecs.codec import Decoder, Encoder
from touchloop.events.codecs.evt3 import Evt3Decoder
from touchloop.events.codecs.evt3_encoder import Evt3Encoder
from touchloop.events.codecs.libcaer import LibcaerDecoder, LibcaerEncoder
from touchloop.events.codecs.libcaer_cmp import LibcaerCmpDecoder, LibcaerCmpEncoder
from touchloop.events.codecs.mono import MonoDecoder, MonoEncoder

_CODECS: dict[str, tuple[Callable[[int, int], Decoder], Callable[[int, int], Encoder]]] = {
    "evt3": (Evt3Decoder, Evt3Encoder),
    "libcaer": (LibcaerDecoder, LibcaerEncoder),
    "libcaer_cmp": (LibcaerCmpDecoder, LibcaerCmpEncoder),
    "mono": (MonoDecoder, MonoEncoder),
}
ENCODINGS: tuple[str, ...] = tuple(_CODECS)
"""Names as in `EventPacket.encoding`."""


def checked_encoding(encoding: str) -> str:
    """The name, if there is such an encoding.

    Raises:
        InputError: another name.
    """
    if encoding not in _CODECS:
        raise InputError(f"encoding '{encoding}': expected one of {', '.join(ENCODINGS)}")
    return encoding


def make_decoder(encoding: str, width: int, height: int) -> Decoder:
    """A decoder for one stream of a sensor of that many pixels.

    Raises:
        InputError: an unknown encoding, or a sensor that it cannot address.
    """
    return _CODECS[checked_encoding(encoding)][0](width, height)


def make_encoder(encoding: str, width: int, height: int) -> Encoder:
    """An encoder for one stream of a sensor of that many pixels.

    Raises:
        InputError: an unknown encoding, or a sensor that it cannot address.
    """
    return _CODECS[checked_encoding(encoding)][1](width, height)
