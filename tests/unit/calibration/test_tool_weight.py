from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation
from touch_samples import samples, tilted

from touchloop.calibration.tool_weight import fit_bias, fit_tool
from touchloop.errors import InputError
from touchloop.touch.tool_weight import weight_at_sensor

NOISE = np.repeat([0.02, 0.001], 3)
"""Of the mean over a second of a sensor with 0.15 N and 0.005 N m."""
COM, BIAS = np.array([0.01, -0.02, 0.06]), np.array([1.5, -2.0, 4.0, 0.05, -0.1, 0.2])


def vectors(size: int, most: float) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, size, elements=st.floats(-most, most))


@given(st.floats(0.1, 5.0), vectors(3, 0.15), vectors(3, 30.0), vectors(3, 2.0), vectors(3, 3.0), st.integers(0, 99))
def test_what_hangs_on_the_sensor_is_found_whatever_it_is(
    mass_kg: float, com: np.ndarray, force: np.ndarray, torque: np.ndarray, mounted: np.ndarray, seed: int
) -> None:
    bias = np.concatenate([force, torque])
    down = Rotation.from_rotvec(mounted).apply([0.0, 0.0, -9.80665])
    turns = np.vstack([tilted(), Rotation.random(4, rng=seed).as_quat()])
    # With the base turned, the same tilts are relative to another direction of gravity.
    turns = (Rotation.from_rotvec(mounted) * Rotation.from_quat(turns)).as_quat()
    fit = fit_tool(samples(mass_kg, com, bias, turns, NOISE, down), down)
    assert not fit.disturbed
    assert fit.mass_kg == pytest.approx(mass_kg, abs=0.01)
    np.testing.assert_allclose(fit.com_in_sensor * mass_kg, com * mass_kg, atol=0.002)
    np.testing.assert_allclose(fit.sensor_bias[:3], force, atol=0.1)
    np.testing.assert_allclose(fit.sensor_bias[3:], torque, atol=0.01)
    assert 0.3 < fit.force_rms_n / NOISE[0] < 1.7


def test_the_stated_uncertainty_is_that_of_the_noise() -> None:
    errors = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        clean = samples(1.0, COM, BIAS, tilted())
        noisy = [replace(s, wrench=s.wrench + NOISE * rng.standard_normal(6)) for s in clean]
        fit = fit_tool(noisy)
        errors.append((fit.mass_kg - 1.0) / fit.mass_std_kg)
    assert 0.7 < np.std(errors) < 1.5


@pytest.mark.parametrize("push", [[2.0, 0, 0, 0, 0, 0], [0, 0, -5.0, 0, 0, 0], [0, 0, 0, 0, 0.1, 0]])
@pytest.mark.parametrize("which", [0, 3, 7])
def test_a_pose_that_was_disturbed_is_named_and_left_out(push: list[float], which: int) -> None:
    touched = samples(0.8, COM, BIAS, tilted(), NOISE)
    touched[which] = replace(touched[which], wrench=touched[which].wrench + push)
    fit = fit_tool(touched)
    assert [text.split(":")[0] for text in fit.disturbed] == [f"pose {which + 1}"]
    assert f"pose {which + 1}" not in fit.used
    assert fit.mass_kg == pytest.approx(0.8, abs=0.02)


def test_a_tool_that_is_touched_all_the_time_gives_no_result() -> None:
    rng = np.random.default_rng(3)
    touched = [replace(s, wrench=s.wrench + 5.0 * rng.standard_normal(6)) for s in samples(0.8, COM, BIAS, tilted())]
    with pytest.raises(InputError, match="was the tool touched or moving"):
        fit_tool(touched)


def test_too_few_or_similar_poses_are_refused() -> None:
    with pytest.raises(InputError, match="3 poses at rest; expected 4 or more"):
        fit_tool(samples(1.0, COM, BIAS, tilted(3)))
    similar = Rotation.from_euler("x", 180, degrees=True) * Rotation.from_euler(
        "x", [[d] for d in range(0, 60, 6)], degrees=True
    )
    with pytest.raises(InputError, match=r"too similar: gravity spreads by 0\.0"):
        fit_tool(samples(1.0, COM, BIAS, similar.as_quat()))
    # Turning about the vertical changes nothing.
    spun = Rotation.from_euler("z", [[d] for d in range(0, 300, 40)], degrees=True)
    with pytest.raises(InputError, match="too similar"):
        fit_tool(samples(1.0, COM, BIAS, spun.as_quat()))


def test_a_sensor_that_is_turned_or_has_the_other_sign_is_refused() -> None:
    turns = np.vstack([tilted(), Rotation.random(4, rng=1).as_quat()])
    good = samples(1.0, COM, BIAS, turns, NOISE)
    turn = Rotation.from_euler("z", 45, degrees=True)
    turned = [replace(s, wrench=np.concatenate([turn.apply(s.wrench[:3]), turn.apply(s.wrench[3:])])) for s in good]
    with pytest.raises(InputError, match=r"turned by 45 degrees about \[.*1.*mend frames.ft_sensor_in_sensor"):
        fit_tool(turned)
    with pytest.raises(InputError, match=r"set frames\.wrench_on_environment the other way"):
        fit_tool([replace(s, wrench=-s.wrench) for s in good])


def test_the_bias_alone_needs_one_pose_and_the_weight() -> None:
    one = samples(0.8, COM, BIAS, tilted(1), NOISE)
    np.testing.assert_allclose(fit_bias(one, 0.8, COM).sensor_bias, BIAS, atol=0.1)
    with pytest.raises(InputError, match=r"differ by .* run `touchloop calibrate tool`"):
        fit_bias(samples(0.8, COM, BIAS, tilted()), 0.2, COM)
    with pytest.raises(InputError, match="no pose at rest"):
        fit_bias([], 0.8, COM)


def test_a_tool_that_points_down_pulls_along_its_axis() -> None:
    np.testing.assert_allclose(
        weight_at_sensor(2.0, np.array([0.1, 0.0, 0.2]), tilted(1)[0], np.array([0.0, 0.0, -10.0])),
        [0, 0, 20, 0, -2, 0],
        atol=1e-12,
    )
