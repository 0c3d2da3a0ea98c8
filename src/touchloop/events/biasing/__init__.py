"""Controllers that keep an event camera's rate in a band by moving its biases."""
