"""Poses and rotations."""
