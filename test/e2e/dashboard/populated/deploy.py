import json
import os
import sys
import time

repository, branch, commit = sys.argv[1:4]
GREEN, CYAN, BOLD, DIM, END = "\033[32m", "\033[36m", "\033[1m", "\033[2m", "\033[0m"
STEPS = ["fetch sources", "install 412 packages", "build", "upload 38 files", "switch over"]

print(f"{BOLD}Deploying {repository}{END} {DIM}{branch} {commit[:7]}{END}", flush=True)
for number, step in enumerate(STEPS, 1):
    print(f"{CYAN}[{number}/{len(STEPS)}]{END} {step} {GREEN}✓{END}", flush=True)
    time.sleep(0.02)
print(f"{BOLD}{GREEN}Live{END} at \033[4mhttps://shop.example{END}")
print("\033[33mwarning:\033[0m 2 images are larger than 500 kB", file=sys.stderr)

with open(os.environ["WEBHOOK_RESULT"], "w", encoding="utf-8") as result:
    json.dump({"version": commit[:7], "files": 38, "url": "https://shop.example"}, result)
