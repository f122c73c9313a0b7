import os
import sys

branch, commit = sys.argv[1:]
print(f"{commit[:8]} on {branch}, as task {os.environ['WEBHOOK_TASK_ID']}")
