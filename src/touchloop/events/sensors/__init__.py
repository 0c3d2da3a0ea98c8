"""Event cameras as models: their biases, what a bias sets in the pixel, their size and their limits."""
