import time

TOTAL = 48_000

for batch in range(1, TOTAL):
    print(f"\033[2m{time.strftime('%H:%M:%S')}\033[0m imported {batch * 250} of {TOTAL * 250} products", flush=True)
    time.sleep(1)
