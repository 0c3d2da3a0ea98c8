"""The words of EVT 3.0, and what a decoder has to remember between them."""

ADDR_Y, ADDR_X, VECT_BASE_X, VECT_12, VECT_8 = 0x0, 0x2, 0x3, 0x4, 0x5
TIME_LOW, TIME_HIGH = 0x6, 0x8
CONTINUED_4, EXT_TRIGGER, OTHERS, CONTINUED_12 = 0x7, 0xA, 0xE, 0xF
PLAIN = (ADDR_Y, ADDR_X, TIME_LOW, TIME_HIGH, CONTINUED_4, EXT_TRIGGER, OTHERS, CONTINUED_12)
"""Words that change row or time, give an event, or neither (the last four)."""
RARE_SET = sum(1 << code for code in range(16) if code not in PLAIN)
"""The others, as bits: vectors, and words that do not exist."""

WRAP_US = 1 << 24
STEP_BACK = 10
"""TIME_HIGH may step back by so many counts (of 4.1 ms) without a roll-over, as in event_camera_codecs."""

ROW_SHIFT, ADDRESS_SHIFT = 24, 35
"""An event in 64 bits: 24 of time, 11 of row, then column (11) and polarity (1) as they lie in ADDR_X."""

REGISTER, EPOCH_US, BASE_X, BASE_POLARITY, PHASE = range(5)
STATE_SIZE = 5
"""State over packets, int64: time and row as in a packed event; roll-overs; vector base plus 1 (0: none) and its
polarity; how far the stream is joined."""
NEEDS_HIGH, NEEDS_LOW, NEEDS_ROW, JOINED = range(4)
