"""Fails where the target is not one that it knows."""

import sys

target = sys.argv[1]
print(f"deploying to {target}")
if target not in ("staging", "production"):
    sys.exit(f"there is no target {target}")
