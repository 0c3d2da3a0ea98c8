import numpy as np
import pytest

from touchloop.sim.contact import Contact
from touchloop.sim.force_torque import ForceTorqueNoise, ForceTorqueSensor
from touchloop.sim.tactile import COLUMNS, NOISE_M, ROWS, MarkerField, rest_positions
from touchloop.sim.world import PERIOD_S

TCP = np.array([0.4, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0])
UP = np.array([0.0, 0.0, 1.0])


def test_the_bias_drifts_within_its_bounds_and_the_noise_has_its_size() -> None:
    noise = ForceTorqueNoise()
    for seed in range(20):
        sensor = ForceTorqueSensor(np.random.default_rng(seed), PERIOD_S)
        assert (np.abs(sensor.bias[:3]) <= noise.force_bias_n).all()
        assert (np.abs(sensor.bias[3:]) <= noise.torque_bias_nm).all()
    truth = np.arange(6.0)
    bias = sensor.bias
    samples = np.array([sensor.measure(truth) for _ in range(4000)])
    drift = 4000 * PERIOD_S * np.repeat([noise.force_drift_n_s, noise.torque_drift_nm_s], 3)
    assert (np.abs(sensor.bias - bias) <= drift).all()
    samples -= np.linspace(bias, sensor.bias, 4000)
    np.testing.assert_allclose(samples.mean(axis=0), truth, atol=0.01)
    np.testing.assert_allclose(samples.std(axis=0), [noise.force_noise_n] * 3 + [noise.torque_noise_nm] * 3, rtol=0.06)


def test_without_noise_the_sensor_tells_the_truth() -> None:
    sensor = ForceTorqueSensor(np.random.default_rng(0), PERIOD_S, ForceTorqueNoise(*[0.0] * 6))
    np.testing.assert_array_equal(sensor.measure(np.arange(6.0)), np.arange(6.0))


def measured(contact: Contact | None) -> np.ndarray:
    return MarkerField(np.random.default_rng(0)).measure(contact, TCP)


def test_the_markers_form_a_centred_grid() -> None:
    rest = rest_positions()
    assert rest.shape == (ROWS * COLUMNS, 2)
    np.testing.assert_allclose(rest.mean(axis=0), 0.0, atol=1e-9)
    field = measured(None)
    assert field.shape == (63, 4)
    assert field.dtype == np.float32
    np.testing.assert_array_equal(field[:, :2], rest)
    assert np.abs(field[:, 2:]).max() < 6 * NOISE_M


def test_normal_force_spreads_the_skin_and_more_force_spreads_it_more() -> None:
    out = []
    for force_n in (2.0, 8.0):
        field = measured(Contact(force_n, np.zeros(3), TCP[:3], UP))
        out.append(float((field[:, :2] * field[:, 2:]).sum()))
    assert 0.0 < 3.0 * out[0] < out[1]


@pytest.mark.parametrize(("friction", "expected"), [([1.0, 0.0, 0.0], [1.0, 0.0]), ([0.0, 1.0, 0.0], [0.0, -1.0])])
def test_shear_drags_all_markers_its_way_in_the_tools_frame(friction: list[float], expected: list[float]) -> None:
    quiet = measured(Contact(5.0, np.zeros(3), TCP[:3], UP))
    sheared = measured(Contact(5.0, 3.0 * np.array(friction), TCP[:3], UP))
    moved = (sheared - quiet)[:, 2:].mean(axis=0)
    np.testing.assert_allclose(moved / np.linalg.norm(moved), expected, atol=1e-3)
