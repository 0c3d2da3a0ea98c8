"""Fast decoding of a plan: the tokenizer's recurrent decoder on touch, in numba, or a chunk's rows as they are."""

import math
from pathlib import Path

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.policy.features import ACTION_SIZE, LATENT_DIM, MARKER_COMPONENTS, MARKER_SIZE, TOUCH_SIZE
from touchloop.policy.spec import PolicySpec
from touchloop.policy.weights import FAST, read_card, read_tensors
from touchloop.touch.markers import MarkerPca

INPUT_SIZE = LATENT_DIM + TOUCH_SIZE


@njit(cache=True, fastmath=True)
def gru_step(
    inputs: np.ndarray,
    hidden: np.ndarray,
    input_weight: np.ndarray,
    hidden_weight: np.ndarray,
    input_bias: np.ndarray,
    hidden_bias: np.ndarray,
    out: np.ndarray,
) -> None:
    """One step of a gated recurrent unit (Cho et al. 2014, in PyTorch's form) into ``out`` (H,); all float32.

    Args:
        inputs: (I,), hidden: (H,).
        input_weight: (3H, I), hidden_weight: (3H, H), gates in the order reset, update, new; biases (3H,).
    """
    size = hidden.shape[0]
    for i in range(size):
        reset, update, new_in, new_hidden = (
            input_bias[i] + hidden_bias[i],
            input_bias[size + i] + hidden_bias[size + i],
            input_bias[2 * size + i],
            hidden_bias[2 * size + i],
        )
        for j in range(inputs.shape[0]):
            x = inputs[j]
            reset += input_weight[i, j] * x
            update += input_weight[size + i, j] * x
            new_in += input_weight[2 * size + i, j] * x
        for j in range(size):
            h = hidden[j]
            reset += hidden_weight[i, j] * h
            update += hidden_weight[size + i, j] * h
            new_hidden += hidden_weight[2 * size + i, j] * h
        update = np.float32(1.0) / (np.float32(1.0) + math.exp(-update))
        reset = np.float32(1.0) / (np.float32(1.0) + math.exp(-reset))
        new = math.tanh(new_in + reset * new_hidden)
        out[i] = (np.float32(1.0) - update) * new + update * hidden[i]


@njit(cache=True, fastmath=True)
def decode_step(
    latent: np.ndarray,
    touch: np.ndarray,
    hidden: np.ndarray,
    tensors: tuple[np.ndarray, ...],
    inputs: np.ndarray,
    next_hidden: np.ndarray,
    action: np.ndarray,
) -> None:
    """Decodes one action step in physical units into ``action`` and the next hidden state into ``next_hidden``.

    Args:
        latent: (LATENT_DIM,) float32, touch: (TOUCH_SIZE,) physical units, hidden: (H,) float32.
        tensors: the decoder's arrays as ``FastDecoder.tensors`` holds them.
        inputs: (INPUT_SIZE,) float32 scratch.
    """
    weight_in, weight_hidden, bias_in, bias_hidden, out_weight, out_bias, a_mean, a_scale, t_mean, t_scale = tensors
    for i in range(latent.shape[0]):
        inputs[i] = latent[i]
    for i in range(touch.shape[0]):
        inputs[latent.shape[0] + i] = (touch[i] - t_mean[i]) / t_scale[i]
    gru_step(inputs, hidden, weight_in, weight_hidden, bias_in, bias_hidden, next_hidden)
    for i in range(action.shape[0]):
        value = out_bias[i]
        for j in range(next_hidden.shape[0]):
            value += out_weight[i, j] * next_hidden[j]
        action[i] = value * a_scale[i] + a_mean[i]


_SCALES = ("actions.mean", "actions.scale", "touch.mean", "touch.scale")
_NETWORK = (
    "decoder.weight_ih_l0",
    "decoder.weight_hh_l0",
    "decoder.bias_ih_l0",
    "decoder.bias_hh_l0",
    "to_action.weight",
    "to_action.bias",
)


class FastDecoder:
    """A policy's decoder, ready for the fast loop; refuses weights that do not fit.

    Attributes:
        spec: the policy.
        hidden_size: of the memory between two steps; 1, unused, for a policy without a latent space.
        markers: principal components of the marker field.
        weights_id: what plans must carry.
    """

    def __init__(self, tensors: dict[str, np.ndarray], weights_id: str, spec: PolicySpec) -> None:
        names = (*(_NETWORK if spec.latent else ()), *_SCALES)
        missing = [n for n in (*names, "markers.mean", "markers.components") if n not in tensors]
        if missing:
            raise InputError(f"decoder weights lack {', '.join(missing)}")
        not_finite = [n for n, value in tensors.items() if not np.isfinite(value).all()]
        if not_finite:
            raise InputError(f"decoder weights are not finite: {', '.join(not_finite)}")
        self.spec = spec
        self.hidden_size = tensors["decoder.weight_hh_l0"].shape[-1] if spec.latent else 1
        gates = 3 * self.hidden_size
        shapes = [(gates, INPUT_SIZE), (gates, self.hidden_size), (gates,), (gates,), (ACTION_SIZE, self.hidden_size)]
        shapes += [(ACTION_SIZE,)]
        expected = dict(zip(_NETWORK, shapes, strict=True)) if spec.latent else {}
        expected |= {n: (ACTION_SIZE if n.startswith("actions") else TOUCH_SIZE,) for n in _SCALES}
        expected |= {"markers.mean": (MARKER_SIZE,), "markers.components": (MARKER_COMPONENTS, MARKER_SIZE)}
        for name, shape in expected.items():
            if tensors[name].shape != shape:
                raise InputError(f"decoder weight {name} is {tensors[name].shape}, expected {shape}")
        self.weights_id = weights_id
        self.markers = MarkerPca(tensors["markers.mean"], tensors["markers.components"])
        self.tensors = tuple(np.ascontiguousarray(tensors[n], dtype=np.float32) for n in names)
        self._action_mean, self._action_scale = (tensors[n].astype(np.float32) for n in _SCALES[:2])
        self._inputs = np.zeros(INPUT_SIZE, np.float32)

    @classmethod
    def load(cls, folder: Path, task: str | None = None, policy: str | None = None) -> "FastDecoder":
        """From a weights folder.

        Raises:
            InputError: missing, damaged, or made for another task, policy or layout.
        """
        card = read_card(folder, task, policy)
        return cls(read_tensors(folder / FAST), card.weights_id, card.spec)

    def step(
        self, row: np.ndarray, touch: np.ndarray, hidden: np.ndarray, next_hidden: np.ndarray, action: np.ndarray
    ) -> None:
        """One action step (ACTION_SIZE,) in physical units into ``action``; see ``decode_step``.

        Args:
            row: of the plan, for this step.
            touch: (TOUCH_SIZE,) physical units.
            hidden: (hidden_size,) memory before the step, next_hidden: after it.
        """
        if self.spec.latent:
            decode_step(row, touch, hidden, self.tensors, self._inputs, next_hidden, action)
        else:
            np.multiply(row, self._action_scale, out=action)
            action += self._action_mean
