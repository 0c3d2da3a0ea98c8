"""32 words of 16 bits at a time: which have a code, what was the last of a code, and only those that are wanted.

Streams of 16-bit words with a code in the upper four bits (EVT 3.0) have their codes in an order that is as good as
random, so that a branch on each word costs more than the word. These functions for numba kernels are vector code
without branches; LLVM makes it fast on processors that can compress vectors of 16 bits (AVX-512 VBMI2) and correct on
all others.
"""

# numba hands all arguments' types to a function that may need none of them.
# ruff: noqa: ARG001

from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as _numba_intrinsic

intrinsic: Any = _numba_intrinsic
"""It takes the typing context away from what it decorates, which type checkers do not know."""
LANES = 32
IS_FAST = bool(llvm.get_host_cpu_features().get("avx512vbmi2", False))
"""If this processor compresses vectors in a few cycles."""

_WORD, _MASK = ir.IntType(16), ir.IntType(LANES)
_WORDS, _BITS = ir.VectorType(_WORD, LANES), ir.VectorType(ir.IntType(1), LANES)
_PLACES = ir.VectorType(ir.IntType(32), LANES)
_FOUND = 0x1000
"""Marks a lane whose value is known; zero ones are still to fill."""


def _all(value: int) -> ir.Constant:
    return ir.Constant(_WORDS, [value] * LANES)


def _at(context: Any, builder: Any, array_type: Any, array: Any, place: Any) -> Any:
    data = context.make_array(array_type)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [place]), _WORDS.as_pointer())


def _load(context: Any, builder: Any, array_type: Any, array: Any, place: Any) -> Any:
    words = builder.load(_at(context, builder, array_type, array, place))
    words.align = 2
    return words


def _spread(builder: Any, value: Any) -> Any:
    undefined = ir.Constant(_WORDS, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_PLACES, [0] * LANES))


@intrinsic
def lanes_of(typingctx: Any, words: Any, place: Any, codes: Any) -> Any:
    """(uint16 array, int, uint16) -> uint32: bit i is set if the set ``codes`` has the code of ``words[place + i]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = builder.lshr(_load(context, builder, signature.args[0], *arguments[:2]), _all(12))
        bit = builder.and_(builder.lshr(_spread(builder, arguments[2]), code), _all(1))
        return builder.bitcast(builder.icmp_unsigned("!=", bit, _all(0)), _MASK)

    return types.uint32(words, place, types.uint16), generate


@intrinsic
def lanes_unlike(typingctx: Any, words: Any, place: Any, word: Any) -> Any:
    """(uint16 array, int, uint16) -> uint32: bit i is set if ``words[place + i]`` has the word's code, but differs."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(context, builder, signature.args[0], *arguments[:2])
        difference = builder.xor(loaded, _spread(builder, arguments[2]))
        # The same code leaves less than 0x1000, the same word nothing.
        less_one = builder.sub(difference, _all(1))
        return builder.bitcast(builder.icmp_unsigned("<", less_one, _all(0xFFF)), _MASK)

    return types.uint32(words, place, types.uint16), generate


@intrinsic
def pick(typingctx: Any, words: Any, place: Any, lanes: Any, out: Any, count: Any) -> Any:
    """Writes the words of the lanes, closed up, to ``out[count:]``, and up to 32 words of nothing behind them."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        chosen = _load(context, builder, signature.args[0], *arguments[:2])
        _store_closed_up(context, builder, chosen, arguments[2], signature.args[3], *arguments[3:])
        return context.get_dummy_value()

    return types.void(words, place, types.uint32, out, count), generate


@intrinsic
def pick_last(
    typingctx: Any,
    words: Any,
    place: Any,
    code: Any,
    before: Any,
    lanes: Any,
    out: Any,
    count: Any,
) -> Any:
    """As ``pick``, but writes for each lane the newest word of ``code`` up to it; ``before`` is the newest until now.

    Values are the words' lower 12 bits with 0x1000 added. Returns the newest afterwards.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(context, builder, signature.args[0], *arguments[:2])
        is_one = builder.icmp_unsigned("==", builder.lshr(loaded, _all(12)), _spread(builder, arguments[2]))
        value = builder.or_(builder.and_(loaded, _all(0xFFF)), _all(_FOUND))
        newest = builder.select(is_one, value, _all(0))
        step = 1
        while step < LANES:
            # Lane i takes lane i - step; the first ones take zeros from the second operand.
            places = [i - step if i >= step else LANES for i in range(LANES)]
            earlier = builder.shuffle_vector(newest, _all(0), ir.Constant(_PLACES, places))
            newest = builder.select(builder.icmp_unsigned("==", newest, _all(0)), earlier, newest)
            step *= 2
        is_open = builder.icmp_unsigned("==", newest, _all(0))
        newest = builder.select(is_open, _spread(builder, arguments[3]), newest)
        _store_closed_up(context, builder, newest, arguments[4], signature.args[5], *arguments[5:])
        return builder.extract_element(newest, ir.Constant(ir.IntType(32), LANES - 1))

    return types.uint16(words, place, types.uint16, types.uint16, types.uint32, out, count), generate


@intrinsic
def lane_count(typingctx: Any, lanes: Any) -> Any:
    """Number of lanes of a mask."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.zext(builder.ctpop(arguments[0]), ir.IntType(64))

    return types.int64(types.uint32), generate


def _store_closed_up(context: Any, builder: Any, vector: Any, lanes: Any, out_type: Any, out: Any, count: Any) -> None:
    function_type = ir.FunctionType(_WORDS, [_WORDS, _BITS, _WORDS])
    name = f"llvm.experimental.vector.compress.v{LANES}i16"
    compress = cgutils.get_or_insert_function(builder.module, function_type, name)
    closed_up = builder.call(compress, [vector, builder.bitcast(lanes, _BITS), _all(0)])
    builder.store(closed_up, _at(context, builder, out_type, out, count)).align = 2
