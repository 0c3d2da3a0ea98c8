"""Event cameras: pixels and biases, codecs, rate, bias control, place recognition."""
