"""The files of loaded modules, and whether one has changed since it was loaded."""

import os
import sys
import time

CHECKING_SHARE = 0.02


class WatchedFiles:
    def __init__(self, own):
        """`own` are the files of the server itself."""
        self.own = own
        self.stamps = {}
        self.modules = 0
        self.next_check = 0.0

    def add_loaded(self):
        """Watches the files of all modules that are loaded now. Returns False if there are no new ones."""
        if len(sys.modules) == self.modules:
            return False
        self.modules = len(sys.modules)
        for module in list(sys.modules.values()):
            path = getattr(module, "__file__", None)
            if isinstance(path, str) and path not in self.stamps and path not in self.own:
                self.stamps[path] = stamp(path)
        return True

    def have_changed(self):
        """Looks at most so often that it takes a small share of the time."""
        start = time.monotonic()
        if start < self.next_check:
            return False
        changed = any(stamp(path) != known for path, known in self.stamps.items())
        end = time.monotonic()
        self.next_check = end + (end - start) / CHECKING_SHARE
        return changed


def stamp(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
