"""Bias parameters of the real drivers, copied from their sources: name -> (least, greatest, value at start).

libcaer_driver: src/device/davis.cpp and include/libcaer_driver/parameter/coarse_fine_parameter.hpp (DAVIS346B).
metavision_driver: src/bias_parameter.cpp, by sensor version 3.1, 4.1 and 4.2; it starts with what the camera has, here
the values of Prophesee's documentation. Both declare integers with these ranges, so ROS refuses what is outside.
"""

Table = dict[str, tuple[int, int, int]]


def _coarse_fine(**starts: tuple[int, int]) -> Table:
    table: Table = {}
    for name, (coarse, fine) in starts.items():
        table |= {f"{name}_coarse": (0, 7, coarse), f"{name}_fine": (0, 255, fine)}
    return table


DRIVERS: dict[str, Table] = {
    "davis346": _coarse_fine(DiffBn=(4, 39), ONBn=(6, 200), OFFBn=(4, 0), PrBp=(2, 58), PrSFBp=(1, 33), RefrBp=(4, 25)),
    "gen31": {
        "bias_diff_on": (374, 499, 384),
        "bias_diff_off": (100, 234, 221),
        "bias_fo": (1250, 1800, 1477),
        "bias_hpf": (900, 1800, 1499),
        "bias_pr": (0, 1800, 1250),
        "bias_refr": (1300, 1800, 1500),
    },
    "gen41": {
        "bias_diff_on": (95, 140, 115),
        "bias_diff_off": (25, 65, 52),
        "bias_fo": (45, 110, 74),
        "bias_hpf": (0, 120, 0),
        "bias_refr": (30, 100, 68),
    },
    "evk4": {
        "bias_diff_on": (-85, 140, 0),
        "bias_diff_off": (-35, 190, 0),
        "bias_fo": (-35, 55, 0),
        "bias_hpf": (0, 120, 0),
        "bias_refr": (-20, 235, 0),
    },
}
