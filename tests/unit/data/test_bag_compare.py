"""Bags compared message by message, and summaries of bags."""

import pytest
from bag_samples import STRING, TYPES, WRENCH, serialised, write_wrenches

from touchloop.data.bag_compare import compare_bags
from touchloop.data.bag_info import summarise_bag
from touchloop.data.bag_writer import BagWriter


def by_topic(results):
    return {result.topic: result for result in results}


def test_equal_bags_are_equal_however_they_are_chunked_and_compressed(tmp_path):
    write_wrenches(tmp_path / "a", 100)
    write_wrenches(tmp_path / "b", 100, compression="zstd", flush_every=7)
    results = compare_bags(tmp_path / "a", tmp_path / "b", with_times=True)
    assert [result.equal for result in results] == [True, True]


def test_the_first_difference_is_named_down_to_the_field(tmp_path):
    write_wrenches(tmp_path / "a", 100)
    write_wrenches(tmp_path / "b", 90, changed=42)
    results = by_topic(compare_bags(tmp_path / "a", tmp_path / "b"))
    assert results["/robot_description"].equal
    wrench = results["/wrench"]
    assert (wrench.count_a, wrench.count_b, wrench.first_difference) == (100, 90, 42)
    assert wrench.what == "at 0.168000000 s: wrench.force.x is 42.0 in A, -1.0 in B"
    (only,) = compare_bags(tmp_path / "a", tmp_path / "b", lambda topic: topic == "/robot_description")
    assert only.equal


def test_a_shorter_bag_and_a_missing_topic_differ(tmp_path):
    write_wrenches(tmp_path / "a", 100)
    write_wrenches(tmp_path / "b", 90)
    writer = BagWriter(tmp_path / "c", TYPES)
    writer.add_topic("/wrench", STRING)
    writer.write("/wrench", 0, serialised(STRING))
    writer.close()
    shorter = by_topic(compare_bags(tmp_path / "a", tmp_path / "b"))["/wrench"]
    assert (shorter.first_difference, shorter.what) == (90, "only A goes on, by 10")
    other = by_topic(compare_bags(tmp_path / "a", tmp_path / "c"))
    assert other["/robot_description"].what == "only A goes on, by 1"
    assert other["/wrench"].what == f"type {WRENCH} in A, {STRING} in B"


def test_padding_does_not_count_but_every_bit_of_a_field_does(tmp_path):
    plain = serialised(WRENCH, 5, 1.0)
    # Four bytes of the header, eight of stamp, four of length, six of "tool0" and its zero: two of padding follow.
    padded = plain[:22] + b"\xff\xff" + plain[24:]
    negative_zero = serialised(WRENCH, 5, -0.0)
    zero = serialised(WRENCH, 5, 0.0)
    for name, first, second in (("a", plain, zero), ("b", padded, negative_zero)):
        writer = BagWriter(tmp_path / name, TYPES)
        writer.add_topic("/wrench", WRENCH)
        writer.write("/wrench", 0, first)
        writer.write("/wrench", 1, second)
        writer.close()
    (result,) = compare_bags(tmp_path / "a", tmp_path / "b")
    assert result.first_difference == 1
    assert result.what.endswith("wrench.force.x is 0.0 in A, -0.0 in B")


def test_log_times_count_only_when_asked_for(tmp_path):
    for name, offset in (("a", 0), ("b", 1)):
        writer = BagWriter(tmp_path / name, TYPES)
        writer.add_topic("/text", STRING)
        writer.write("/text", offset, serialised(STRING))
        writer.close()
    assert compare_bags(tmp_path / "a", tmp_path / "b")[0].equal
    assert "log time" in compare_bags(tmp_path / "a", tmp_path / "b", with_times=True)[0].what


def test_the_summary_has_rates_and_gaps(tmp_path):
    writer = BagWriter(tmp_path / "bag", TYPES)
    writer.add_topic("/wrench", WRENCH)
    writer.add_topic("/silent", STRING)
    times = [index * 4_000_000 + (100_000_000 if index > 150 else 0) for index in range(250)]
    for time_ns in times:
        writer.write("/wrench", time_ns, serialised(WRENCH))
    writer.close()
    summary = summarise_bag(tmp_path / "bag")
    silent, wrench = summary.topics
    assert summary.messages == wrench.messages == 250
    assert summary.duration_s == pytest.approx(1.096)
    assert wrench.rate_hz == pytest.approx(249 / 1.096)
    assert (wrench.gaps, wrench.longest_gap_s) == (1, pytest.approx(0.104))
    assert (silent.messages, silent.rate_hz, silent.gaps, silent.reliable) == (0, 0.0, 0, None)
    assert summary.size_bytes > 250 * 72
