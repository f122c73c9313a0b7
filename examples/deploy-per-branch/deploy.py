import sys
import time

repository, branch, commit = sys.argv[1:]
time.sleep(2)  # your deploy
print(f"{repository}: {branch} is now at {commit[:7]}")
