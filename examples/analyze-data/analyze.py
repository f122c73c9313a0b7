"""Looks at a data update: its size comes as an argument and as WEBHOOK_SIZE, the payload on standard input."""

import json
import os
import sys

size = float(sys.argv[1])
payload = json.load(sys.stdin)["payload"]
assert size == float(os.environ["WEBHOOK_SIZE"])

print(f"update of {size:g} items with the fields {', '.join(sorted(payload))}")
if size > 1_000_000:
    print("too large for one run", file=sys.stderr)
    sys.exit(3)
