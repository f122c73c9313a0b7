"""A loop of posix_spawn and wait, as the launcher starts programs: `spawn_loop.py COUNT AT_ONCE` prints programs per second."""

import os
import sys
import time

COUNT, AT_ONCE = int(sys.argv[1]), int(sys.argv[2])
PROGRAM = b"/bin/true"

begun = time.perf_counter()
alive = 0
for _ in range(COUNT):
    if alive == AT_ONCE:
        os.waitpid(-1, 0)
        alive -= 1
    os.posix_spawn(PROGRAM, [PROGRAM], {b"PATH": b"/bin"})
    alive += 1
for _ in range(alive):
    os.waitpid(-1, 0)
print(COUNT / (time.perf_counter() - begun))
