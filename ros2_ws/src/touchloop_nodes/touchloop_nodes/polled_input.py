"""Serialised messages of a topic, taken when the node likes instead of by a callback each.

A callback of rclpy costs about a tenth of a millisecond and two copies of the message. Packets of a fast camera come a
hundred times a second and have a megabyte, so both add up; here all that wait are taken at once, into one buffer.
"""

import ctypes
import time
from collections.abc import Iterator

from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.type_support import check_is_valid_msg_type

_OK, _NOTHING = 0, 401
"""RCL_RET_OK, RCL_RET_SUBSCRIPTION_TAKE_FAILED."""
_FIRST_BYTES = 1 << 16
_COPIED_BYTES = 1 << 12
"""Up to this length a copy is cheaper than a view."""
_LONGEST_WAIT_NS = 1_000_000_000


class _Allocator(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p) for name in ("allocate", "deallocate", "reallocate", "zero_allocate", "state")
    )


class _Bytes(ctypes.Structure):
    """An rcutils_uint8_array_t."""

    _fields_ = (
        ("buffer", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("capacity", ctypes.c_size_t),
        ("allocator", _Allocator),
    )


class _Info(ctypes.Structure):
    """An rmw_message_info_t, with room to spare for what later versions add."""

    _fields_ = (
        ("sent_ns", ctypes.c_int64),
        ("received_ns", ctypes.c_int64),
        ("numbers", ctypes.c_uint64 * 2),
        ("implementation", ctypes.c_void_p),
        ("sender", ctypes.c_uint8 * 16),
        ("more", ctypes.c_uint8 * 64),
    )


def _library() -> ctypes.CDLL:
    """The functions of rcl that rclpy has loaded; through its own library, since those below have no fixed names."""
    library = ctypes.CDLL(rclpy_implementation.__file__)
    library.rcutils_get_default_allocator.restype = _Allocator
    library.rcutils_get_zero_initialized_uint8_array.restype = _Bytes
    array = ctypes.POINTER(_Bytes)
    library.rcutils_uint8_array_init.argtypes = (array, ctypes.c_size_t, ctypes.POINTER(_Allocator))
    library.rcutils_uint8_array_fini.argtypes = (array,)
    library.rcl_take_serialized_message.argtypes = (ctypes.c_void_p, array, ctypes.c_void_p, ctypes.c_void_p)
    return library


class PolledInput:
    """A subscription that no executor knows; between two visits the middleware keeps as many messages as its depth.

    Args:
        node: whose topic names and remappings hold.
        kind: type of the messages.
        topic: name.
        profile: quality of service; its depth bounds the memory.

    Attributes:
        sender: identifies the publisher of the last message taken, as ``endpoint_gid`` of the graph does.

    Raises:
        MemoryError: no room for the buffer.
    """

    def __init__(self, node: Node, kind: type, topic: str, profile: QoSProfile) -> None:
        check_is_valid_msg_type(kind)
        self._depth, self._library = profile.depth, _library()
        self._bytes = self._library.rcutils_get_zero_initialized_uint8_array()
        allocator = self._library.rcutils_get_default_allocator()
        if self._library.rcutils_uint8_array_init(self._bytes, _FIRST_BYTES, allocator) != _OK:
            raise MemoryError(f"no {_FIRST_BYTES} bytes for messages of {topic}")
        self._take = self._library.rcl_take_serialized_message
        with node.handle:
            self._handle = rclpy_implementation.Subscription(
                node.handle, kind, topic, profile.get_c_qos_profile(), None
            )
        self._open = True
        self._pointer = ctypes.c_void_p(self._handle.pointer)
        self._info = _Info()
        self._info_pointer = ctypes.byref(self._info)
        self.sender = b""

    def take(self) -> Iterator[bytes | memoryview]:
        """The messages that wait, oldest first, at most as many as the depth; a view is valid until the next.

        Raises:
            RuntimeError: the middleware failed.
        """
        if not self._open:
            return
        # Held until the last is taken, so that nothing is freed meanwhile.
        with self._handle:
            for _ in range(self._depth):
                code = self._take(self._pointer, self._bytes, self._info_pointer, None)
                if code == _NOTHING:
                    return
                if code != _OK:
                    self._library.rcutils_reset_error()
                    raise RuntimeError(f"rcl_take_serialized_message failed with code {code}")
                self.sender = bytes(self._info.sender)
                length = self._bytes.length
                if length <= _COPIED_BYTES:
                    yield ctypes.string_at(self._bytes.buffer, length)
                else:
                    yield memoryview((ctypes.c_uint8 * length).from_address(self._bytes.buffer)).cast("B")
                if not self._open:
                    return

    def arrival_ns(self) -> int:
        """When the last message taken came in, as ``time.monotonic_ns()``; now, where the middleware does not say."""
        now_ns, waited_ns = time.monotonic_ns(), time.time_ns() - self._info.received_ns
        # A longer wait is a wall clock that was set meanwhile.
        return now_ns - waited_ns if 0 <= waited_ns < _LONGEST_WAIT_NS else now_ns

    def close(self) -> None:
        """Ends the subscription and gives the buffer back; may be called from inside ``take``."""
        if self._open:
            self._open = False
            self._handle.destroy_when_not_in_use()
            self._library.rcutils_uint8_array_fini(self._bytes)
