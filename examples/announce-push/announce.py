"""Says what was pushed: branch and commit come as arguments, the whole event as JSON on standard input."""

import json
import sys

branch, commit = sys.argv[1], sys.argv[2]
event = json.load(sys.stdin)
commits = event["payload"].get("commits", [])

print(f"{event['facts']['sender']} pushed {len(commits)} commit(s) to {branch}, now at {commit[:7]}")
for entry in commits:
    print(f"- {entry['message'].splitlines()[0]}")
