"""Run the quick tests: first the library's on all processors, then those of nodes one by one, for they keep deadlines.

Arguments go to pytest; with ``-m`` among them it is called once, as it is.
"""

import os
import subprocess
import sys

NO_TESTS = 5
"""Exit status of pytest where nothing was selected, as when the arguments name a file of the other half."""


def main(words: list[str]) -> int:
    """Exit status of the worse half."""
    pytest = [sys.executable, "-m", "pytest"]
    if "-m" in words:
        return subprocess.call([*pytest, *words])
    library = ["-m", "not slow and not nodes", "-n", str(os.cpu_count() or 1), "--dist", "loadfile"]
    halves = (library, ["-m", "nodes and not slow"])
    codes = [subprocess.call([*pytest, *half, *words]) for half in halves]
    return max((code for code in codes if code != NO_TESTS), default=NO_TESTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
