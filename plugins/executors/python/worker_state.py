"""The state of a worker: what is put back after a run, and what shows that it cannot be."""

import _signal
import gc
import io
import os
import sys

try:
    import resource
except ImportError:
    resource = None

HOOKS = ("breakpointhook", "displayhook", "excepthook", "unraisablehook")
TIMERS = [getattr(_signal, name) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF") if hasattr(_signal, name)]
LIMITS = [getattr(resource, f"RLIMIT_{name}") for name in ("AS", "NOFILE", "NPROC", "FSIZE") if hasattr(resource, f"RLIMIT_{name}")]


class State:
    """What a script changes by usual means, and finds as it was."""

    def __init__(self):
        self.environ = os.environ
        self.variables = dict(os.environ._data)
        self.path = sys.path
        self.entries = list(sys.path)
        self.hooks = {name: getattr(sys, name) for name in HOOKS if hasattr(sys, name)}
        self.input, self.outputs = sys.stdin, (sys.stdout, sys.stderr)
        self.looks = [look_of(stream) for stream in self.outputs]
        self.recursion_limit = sys.getrecursionlimit()
        self.threshold = gc.get_threshold()
        found = ((number, _signal.getsignal(number)) for number in _signal.valid_signals())
        self.handlers = [(number, handler) for number, handler in found if handler is not None]

    def restore_signals(self):
        for timer in TIMERS:
            _signal.setitimer(timer, 0)
        _signal.set_wakeup_fd(-1)
        for number, handler in self.handlers:
            if _signal.getsignal(number) is not handler:
                _signal.signal(number, handler)

    def has_streams(self):
        """Whether the streams can be used again. They stay the same objects, since modules such as `logging` keep them."""
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = self.outputs
        return [look_of(stream) for stream in self.outputs] == self.looks

    def restore(self):
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.close(null)
        environ = self.environ._data
        for name in [name for name in environ if name not in self.variables]:
            del environ[name]
            os.unsetenv(name)
        for name, value in self.variables.items():
            if environ.get(name) != value:
                os.putenv(name, value)
                environ[name] = value
        os.environ = self.environ
        sys.path = self.path
        sys.path[:] = self.entries
        for name, hook in self.hooks.items():
            setattr(sys, name, hook)
        sys.settrace(None)
        sys.setprofile(None)
        sys.setrecursionlimit(self.recursion_limit)
        gc.set_threshold(*self.threshold)
        gc.enable()


def look_of(stream):
    if stream is None:
        return None
    try:
        if stream.closed:
            return None
    except ValueError:
        # Its buffer was taken away.
        return None
    return stream.encoding, stream.errors, stream.line_buffering, stream.write_through


def lasting_state():
    """What a process cannot always set back."""
    limits = [resource.getrlimit(limit) for limit in LIMITS]
    ids = os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getpgrp()
    return limits, ids, os.getpriority(os.PRIO_PROCESS, 0), _signal.pthread_sigmask(_signal.SIG_BLOCK, [])


def usage_of_children():
    """Rises with each process that was waited for."""
    return tuple(resource.getrusage(resource.RUSAGE_CHILDREN)) if resource else None


def used_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def used_bytes():
    """Resident memory; where the system does not say, the most that it has been."""
    try:
        with io.open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def has_others_in_group(group):
    """Where the system does not say: True."""
    try:
        ids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return True
    return any(id != group and group_of(id) == group for id in ids)


def group_of(id):
    """None if it is gone, or has ended and only waits to be asked for its status."""
    try:
        with io.open(f"/proc/{id}/stat", "rb") as file:
            state, _, group = file.read().rpartition(b")")[2].split()[:3]
    except OSError:
        return None
    return None if state in b"ZX" else int(group)
