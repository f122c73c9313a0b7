"""Says what failed: the facts and the end of the output come as JSON on standard input."""

import json
import sys

failed = json.load(sys.stdin)["payload"]
print(f"{failed['program']} failed after {failed['attempts']} attempt(s): {failed['reason']}")
for line in failed["output"].splitlines():
    print(f"> {line}")
