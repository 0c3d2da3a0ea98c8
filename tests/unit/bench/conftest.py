import sys
from pathlib import Path

# Untrained weights are made by the tests of the policy.
sys.path.append(str(Path(__file__).parent.parent / "policy"))
