"""Demonstrations and bags."""
