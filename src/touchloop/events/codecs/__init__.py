"""Event packets and event files: the encodings of event_camera_msgs, Prophesee .raw, .aedat4 and bags."""

from touchloop.events.codecs.codec import Decoder, Encoder
from touchloop.events.codecs.registry import ENCODINGS, make_decoder, make_encoder

__all__ = ["ENCODINGS", "Decoder", "Encoder", "make_decoder", "make_encoder"]
