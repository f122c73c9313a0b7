import sys

repository, branch, commit = sys.argv[1:]
print(f"{repository}: {branch} is now at {commit[:7]}")
