"""The execution monitor: from an instruction to a program that is watched, explained and repaired."""
