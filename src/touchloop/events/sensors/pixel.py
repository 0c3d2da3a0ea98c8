"""What a pixel does, in physical units: the biases are translated to this, the simulator and the fit work on it."""

from dataclasses import dataclass, fields

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class PixelParameters:
    """A pixel and its spread over the sensor.

    The chain is that of Lichtsteiner, Posch and Delbruck, "A 128x128 120 dB 15 us latency asynchronous temporal
    contrast vision sensor", JSSC 2008: logarithmic photoreceptor, source follower, differencing amplifier, two
    comparators, reset.

    Attributes:
        on_threshold: rise of the logarithm of light that makes an ON event.
        off_threshold: fall that makes an OFF event, positive too.
        mismatch: standard deviation of both thresholds over the pixels, in the same unit (Gaussian, cut at 3).
        follower_hz: bandwidth of the source follower.
        photoreceptor_hz_per_lux: bandwidth of the photoreceptor for each lux on the pixel.
        photoreceptor_max_hz: what its bias allows; both act in series, 1/f = 1/f_light + 1/f_bias.
        high_pass_hz: corner of the high-pass; 0 where there is none.
        refractory_s: after an event the pixel is blind this long; the reference is sampled at its end.
        reset_s: time constant with which the differencing amplifier settles in that time. A refractory time that is
            not much longer leaves a part exp(-refractory_s / reset_s) of the change unreset.
        leak_per_s: drift of the reference in the dark, in units of the logarithm [1/s].
        leak_per_s_per_lux: what light adds.
        noise_at_1_lux: standard deviation of the noise at the comparators, in the same unit.
        noise_slope: the noise grows with lux ** -noise_slope.
        dark_lux: dark current of the photodiode, as light.
    """

    on_threshold: float
    off_threshold: float
    follower_hz: float
    refractory_s: float
    photoreceptor_hz_per_lux: float = 3.5
    photoreceptor_max_hz: float = 2000.0
    high_pass_hz: float = 0.0
    mismatch: float = 0.03
    reset_s: float = 1e-6
    leak_per_s: float = 0.0241
    leak_per_s_per_lux: float = 1.0e-5
    noise_at_1_lux: float = 0.077
    noise_slope: float = 0.1066
    dark_lux: float = 0.02

    def __post_init__(self) -> None:
        positive = ("on_threshold", "off_threshold", "follower_hz", "photoreceptor_hz_per_lux", "photoreceptor_max_hz")
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0.0 <= value < float("inf") or (value == 0.0 and field.name in (*positive, "dark_lux")):
                wanted = "positive" if field.name in positive else "not negative"
                raise InputError(f"pixel: {field.name} is {value}; expected a finite number, {wanted}")
