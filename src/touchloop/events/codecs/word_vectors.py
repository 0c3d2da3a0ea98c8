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


def _pick_last(near: tuple[int, ...], far: tuple[int, ...]) -> Any:
    """``pick_last``; values are handed on by steps ``near``, and by ``far`` only where that leaves a wanted lane."""

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
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            loaded = _load(context, builder, signature.args[0], *arguments[:2])
            is_one = builder.icmp_unsigned("==", builder.lshr(loaded, _all(12)), _spread(builder, arguments[2]))
            value = builder.or_(builder.and_(loaded, _all(0xFFF)), _all(_FOUND))
            newest = _handed_on(builder, builder.select(is_one, value, _all(0)), near)
            # Lanes before the first word of the code take ``before``; the others may still be open.
            ones = builder.bitcast(is_one, _MASK)
            from_first = builder.neg(builder.and_(ones, builder.neg(ones)))
            is_open = builder.bitcast(builder.icmp_unsigned("==", newest, _all(0)), _MASK)
            missing = builder.and_(builder.and_(arguments[4], is_open), from_first)
            start = builder.block
            with builder.if_then(builder.icmp_unsigned("!=", missing, ir.Constant(_MASK, 0)), likely=False):
                all_filled, end = _handed_on(builder, newest, far), builder.block
            either = builder.phi(_WORDS)
            either.add_incoming(newest, start)
            either.add_incoming(all_filled, end)
            is_early = builder.icmp_unsigned("==", either, _all(0))
            filled = builder.select(is_early, _spread(builder, arguments[3]), either)
            _store_closed_up(context, builder, filled, arguments[4], signature.args[5], *arguments[5:])
            return _last(context, builder, signature.args[0], arguments[0], arguments[1], ones, arguments[3])

        return types.uint16(words, place, types.uint16, types.uint16, types.uint32, out, count), generate

    return pick_last


def _last(context: Any, builder: Any, array_type: Any, array: Any, place: Any, lanes: Any, before: Any) -> Any:
    """The last one of the lanes, marked as found, or ``before`` if there is none."""
    leading = builder.ctlz(builder.or_(lanes, ir.Constant(_MASK, 1)), ir.Constant(ir.IntType(1), 1))
    lane = builder.zext(builder.sub(ir.Constant(_MASK, LANES - 1), leading), place.type)
    data = context.make_array(array_type)(context, builder, array).data
    word = builder.load(builder.gep(data, [builder.add(place, lane)]))
    value = builder.or_(builder.and_(word, ir.Constant(_WORD, 0xFFF)), ir.Constant(_WORD, _FOUND))
    return builder.select(builder.icmp_unsigned("==", lanes, ir.Constant(_MASK, 0)), before, value)


pick_last = _pick_last((1, 2, 4), (8, 16))
"""(words, place, code, before, lanes, out, count) -> uint16: as ``pick``, but writes for each lane the newest word of
``code`` up to it; ``before`` is the newest until now. Values are the words' lower 12 bits with 0x1000 added. Returns
the newest afterwards."""
pick_last_near = _pick_last((1,), (2, 4, 8, 16))
"""The same; quicker where the wanted lanes have the word most often just before them, and slower elsewhere."""


def _handed_on(builder: Any, newest: Any, steps: tuple[int, ...]) -> Any:
    """Zero lanes take the value ``step`` lanes before, one step after another."""
    for step in steps:
        # Lane i takes lane i - step; the first ones take zeros from the second operand.
        places = [i - step if i >= step else LANES for i in range(LANES)]
        earlier = builder.shuffle_vector(newest, _all(0), ir.Constant(_PLACES, places))
        newest = builder.select(builder.icmp_unsigned("==", newest, _all(0)), earlier, newest)
    return newest


@intrinsic
def fill_lanes(typingctx: Any, out: Any, place: Any, word: Any) -> Any:
    """Writes the same word to ``out[place : place + 32]``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = _at(context, builder, signature.args[0], *arguments[:2])
        builder.store(_spread(builder, arguments[2]), target).align = 2
        return context.get_dummy_value()

    return types.void(out, place, types.uint16), generate


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
