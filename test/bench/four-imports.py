"""What many scripts begin with: four imports of the standard library. The event is the input, or else an argument."""

import datetime
import decimal
import json
import sys
import urllib.request

event = json.loads(sys.argv[1] if len(sys.argv) > 1 else sys.stdin.read())
print(event.get("id"), decimal.Decimal(1), datetime.timezone.utc, urllib.request.__name__)
