"""Marks of order, which stand in a text in place of the phrases that mean them."""

THEN, AFTER, BEFORE, BEFORE_THAT, LAST, FIRST, FRONT, MIDDLE = (
    "<_then>",
    "<_after>",
    "<_before>",
    "<_before_that>",
    "<_last>",
    "<_first>",
    "<_front>",
    "<_middle>",
)
