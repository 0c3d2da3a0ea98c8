from collections.abc import Iterator

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.tasks.session import BASE_FRAME, EPISODE_GAP_TICKS, Session

PERIOD_NS = 4_000_000


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session("wipe", gui=False, start_ns=400_000_000, command_timeout_s=0.1)
    yield session
    session.close()


def test_each_reset_begins_an_episode_later_in_time(session: Session) -> None:
    (first,) = session.reset(7, "none")
    assert first.stamp_ns == 404_000_000 == session.start_ns == session.now_ns
    assert session.step()[0].stamp_ns == first.stamp_ns + PERIOD_NS
    (second,) = session.reset(7, "before")
    assert second.stamp_ns == first.stamp_ns + (EPISODE_GAP_TICKS + 2) * PERIOD_NS
    assert (session.episode, session.seed, session.perturbation) == (1, 7, "before")
    np.testing.assert_array_equal(first.tcp_in_base, second.tcp_in_base)
    np.testing.assert_array_equal(first.wrench_at_sensor, second.wrench_at_sensor)


def test_a_warm_up_leaves_no_trace(session: Session) -> None:
    before = session.now_ns
    session.warm_up()
    assert session.now_ns == before
    assert session.episode == -1
    (first,) = session.reset(7, "none")
    assert first.stamp_ns == 404_000_000
    fresh = Session("wipe", gui=False, start_ns=400_000_000, command_timeout_s=0.1)
    np.testing.assert_array_equal(first.wrench_at_sensor, fresh.reset(7, "none")[0].wrench_at_sensor)
    np.testing.assert_array_equal(session.step()[0].wrench_at_sensor, fresh.step()[0].wrench_at_sensor)
    fresh.close()


def test_a_refused_reset_changes_nothing(session: Session) -> None:
    session.reset(1, "none")
    before = session.now_ns
    with pytest.raises(InputError, match="expected one of none, before, after, push, both"):
        session.reset(2, "quake")
    assert (session.now_ns, session.seed, session.episode) == (before, 1, 0)


def test_the_arm_starts_still_and_in_free_air(session: Session) -> None:
    (seen,) = session.reset(3, "none")
    for _ in range(50):
        (seen,) = session.step()
    assert np.abs(seen.tcp_twist_in_base).max() < 0.02
    assert session.environment.state.force_n == 0.0


def test_a_target_is_followed_and_grows_old(session: Session) -> None:
    (seen,) = session.reset(3, "none")
    target = seen.tcp_in_base.copy()
    target[0] += 0.02
    for _ in range(120):
        assert session.offer_target(session.now_ns, BASE_FRAME, target)
        (seen,) = session.step()
        assert session.target_is_fresh
    np.testing.assert_allclose(seen.tcp_in_base[:3], target[:3], atol=2e-3)
    for _ in range(30):
        session.step()
    assert not session.target_is_fresh


def test_an_arm_whose_targets_end_stands_still_and_goes_on_with_the_next(session: Session) -> None:
    (seen,) = session.reset(3, "none")
    target = seen.tcp_in_base.copy()
    for _ in range(150):
        target = target + np.array([0.1 * PERIOD_NS * 1e-9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
        assert session.offer_target(session.now_ns, BASE_FRAME, target)
        (seen,) = session.step()
    assert seen.tcp_twist_in_base[0] > 0.08
    for _ in range(200):
        (seen,) = session.step()
    assert np.linalg.norm(seen.tcp_twist_in_base[:3]) < 0.01
    stopped = seen.tcp_in_base.copy()
    target[0] += 0.02
    for _ in range(50):
        assert session.offer_target(session.now_ns, BASE_FRAME, target)
        (seen,) = session.step()
    assert seen.tcp_in_base[0] - stopped[0] > 0.01
    assert seen.tcp_in_base[0] == pytest.approx(target[0], abs=0.006)


@pytest.mark.parametrize(
    ("frame", "change", "lag_ticks", "said"),
    [
        ("world", {}, 0, "frame 'world'; expected 'base_link'"),
        (BASE_FRAME, {0: np.nan}, 0, "not finite"),
        (BASE_FRAME, {2: np.inf}, 0, "not finite"),
        (BASE_FRAME, {3: 2.0}, 0, "quaternion has length"),
        (BASE_FRAME, {}, 30, "0.120 s old; expected at most 0.1 s"),
        (BASE_FRAME, {}, -30, "old; expected at most 0.1 s"),
    ],
)
def test_bad_targets_are_refused_with_a_reason(
    session: Session, frame: str, change: dict[int, float], lag_ticks: int, said: str
) -> None:
    target = session.reset(3, "none")[0].tcp_in_base.copy()
    for _ in range(40):
        session.step()
    for index, value in change.items():
        target[index] = value
    before = session.environment.world.targets_in_base[0].copy()
    assert not session.offer_target(session.now_ns - lag_ticks * PERIOD_NS, frame, target)
    assert said in session.refusal
    assert session.refused_targets == 1
    session.step()
    np.testing.assert_array_equal(session.environment.world.targets_in_base[0], before)


def test_a_step_that_no_motion_has_is_refused_and_the_motion_goes_on(session: Session) -> None:
    target = session.reset(3, "none")[0].tcp_in_base.copy()
    assert session.offer_target(session.now_ns, BASE_FRAME, target)
    session.step()
    far = target + 0.06 * np.eye(7)[2]
    assert not session.offer_target(session.now_ns, BASE_FRAME, far)
    assert "jumps by 0.060 m" in session.refusal
    assert session.offer_target(session.now_ns, BASE_FRAME, target + 0.002 * np.eye(7)[2])
    for _ in range(40):
        session.step()
    assert session.offer_target(session.now_ns, BASE_FRAME, far), "a new motion may begin elsewhere"


def test_a_single_damaged_target_does_not_make_the_arm_twitch(session: Session) -> None:
    target = session.reset(3, "none")[0].tcp_in_base.copy()
    aside = target + 0.03 * np.eye(7)[1]

    def offer(pose: np.ndarray) -> bool:
        session.step()
        return session.offer_target(session.now_ns, BASE_FRAME, pose)

    assert offer(target)
    assert not offer(aside)
    assert "alone there" in session.refusal
    assert offer(target)
    assert not offer(aside)
    assert offer(aside), "the next one confirms it"


def test_targets_of_an_earlier_episode_are_passed_over(session: Session) -> None:
    target = session.reset(3, "none")[0].tcp_in_base
    stamp_ns = session.now_ns
    session.reset(4, "none")
    assert not session.offer_target(stamp_ns, BASE_FRAME, target)
    assert session.refused_targets == 0


@pytest.mark.parametrize(
    ("target", "vector", "duration_s", "said"),
    [
        ("sky", [0.01, 0, 0], 0.3, "expected object or arm"),
        ("object", [np.nan, 0, 0], 0.3, "expected finite numbers"),
        ("object", [0, 0, 0.01], np.inf, "expected finite numbers"),
        ("object", [0, 0, 0.06], 1.0, "at most 0.05 m"),
        ("object", [0, 0, 0.0], 1.0, "more than 0"),
        ("object", [0, 0, 0.05], 0.1, "at most 0.2 m/s"),
        ("arm", [0, 0, 31.0], 0.3, "at most 30 N"),
        ("arm", [0, 0, 1.0], 11.0, "expected 0.05 to 10 s"),
        ("arm", [0, 0, 1.0], -1.0, "expected 0.05 to 10 s"),
    ],
)
def test_bad_perturbations_say_what_is_valid(
    session: Session, target: str, vector: list[float], duration_s: float, said: str
) -> None:
    session.reset(3, "none")
    with pytest.raises(InputError, match=said):
        session.perturb(target, np.array(vector, float), duration_s)


def test_perturbations_act(session: Session) -> None:
    with pytest.raises(InputError, match="reset the world first"):
        session.perturb("object", np.array([0.0, 0.0, 0.01]), 0.0)
    session.reset(3, "none")
    height = session.environment.world.scene.object_in_world[2]
    assert "10 mm" in session.perturb("board", np.array([0.0, 0.0, 0.01]), 0.0)
    for _ in range(100):
        session.step()
    assert session.environment.world.scene.object_in_world[2] == pytest.approx(height + 0.01)
    assert "20.0 N" in session.perturb("arm", np.array([0.0, 20.0, 0.0]), 0.2)
    before = session.step()[0].tcp_in_base[1]
    for _ in range(30):
        (seen,) = session.step()
    assert seen.tcp_in_base[1] > before + 0.002


def test_a_target_whose_stamp_is_ahead_does_not_outlast_the_next_ones(session: Session) -> None:
    target = session.reset(3, "none")[0].tcp_in_base.copy()
    assert session.offer_target(session.now_ns, BASE_FRAME, target)
    near, far = target + 0.004 * np.eye(7)[1], target + 0.02 * np.eye(7)[1]
    # Wherever it lies: a near one is taken, a far one is not even believed.
    assert session.offer_target(session.now_ns + 8 * PERIOD_NS, BASE_FRAME, near)
    assert not session.offer_target(session.now_ns + 8 * PERIOD_NS, BASE_FRAME, far)
    assert session.offer_target(session.now_ns + PERIOD_NS, BASE_FRAME, target)
    session.step()
    np.testing.assert_array_equal(session.environment.world.targets_in_base[0], target)
