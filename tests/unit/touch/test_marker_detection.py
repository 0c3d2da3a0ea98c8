import numpy as np
import pytest
from gel_pictures import Gel
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from touchloop.errors import InputError
from touchloop.touch.marker_detection import DotShape, find_dots, to_grey


@given(radius_px=st.floats(4.0, 9.0), contrast=st.floats(60.0, 110.0), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_all_dots_and_nothing_else_are_found(radius_px: float, contrast: float, seed: int) -> None:
    gel = Gel(radius_px=radius_px, contrast=contrast)
    dots = find_dots(to_grey(gel.picture(seed=seed)), DotShape(2.0 * radius_px))
    assert len(dots) == 63
    assert cKDTree(gel.rest).query(dots)[0].max() < 0.35


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_has_none(grey: int) -> None:
    assert len(find_dots(np.full((480, 640), grey, np.uint8), DotShape())) == 0


def test_pure_noise_has_hardly_any() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (480, 640), dtype=np.uint8)
    assert len(find_dots(noise, DotShape())) < 10


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"diameter_px": 1.0}, "diameter_px is 1; expected 2 to 200"),
        ({"diameter_px": float("nan")}, "diameter_px is nan"),
        ({"contrast": 0.0}, "contrast is 0"),
    ],
)
def test_shapes_that_cannot_be_are_named(values: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        DotShape(**values)
