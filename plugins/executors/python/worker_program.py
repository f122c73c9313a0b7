"""A worker of the fork server: a process that carries out one run after another.

It serves frames as the fork server does, at a connection of its own:

To here:    1 start     the same as for the fork server
From here:  4 started   process id (4 bytes)
            5 failed    name of the error; STALE: an imported file has changed. Nothing of the run was done, and it ends
            6 ended     exit code (4 bytes): it takes the next run

Where a run leaves something behind that could touch the next one, such as a thread or a process, the worker ends as an
interpreter does, and its end is that of the run.
"""

import _signal
import _socket
import _thread
import atexit
import errno
import gc
import io
import os
import sys

import forked_program
from watched_files import stamp

resource = forked_program.resource
START, STARTED, FAILED, ENDED = 1, 4, 5, 6
HEADER_BYTES = 9
HOOKS = ("breakpointhook", "displayhook", "excepthook", "unraisablehook")
TIMERS = [getattr(_signal, name) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF") if hasattr(_signal, name)]
LIMITS = [getattr(resource, f"RLIMIT_{name}") for name in ("AS", "NOFILE", "NPROC", "FSIZE") if hasattr(resource, f"RLIMIT_{name}")]


def serve(socket_path, request, fresh_main, files):
    """Takes runs until there are no more. Does not return."""
    key, _, limits, fields = request
    try:
        worker = Worker(socket_path, fresh_main, files)
        worker.set_up(key, limits, forked_program.Run(fields))
    except BaseException as error:
        forked_program.connect(socket_path, b"%b !%b\n" % (key, name_of(error)))
        os._exit(forked_program.CANNOT_START)
    worker.serve()


class Worker:
    def __init__(self, socket_path, fresh_main, files):
        self.socket_path = socket_path
        self.fresh_main = fresh_main
        self.files = files
        self.pid = os.getpid()
        self.script = None
        self.tasks = 0
        self.cpu_seconds = None
        self.has_last_deeds = False

    def set_up(self, key, limits, first):
        self.max_tasks, self.max_bytes = map(int, first.arguments)
        os.setsid()
        self.mask = first.umask
        first.restrict()
        forked_program.adapt_modules()
        self.control = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self.control.connect(self.socket_path)
        self.control.sendall(key + b" 3\n")
        self.control_file = identity(self.control.fileno())
        os.register_at_fork(after_in_child=self.control.close)
        self.watch_last_deeds()
        for name, value in forked_program.limits_of(limits):
            if name == "cpu":
                self.limit_processor_time(value)
            else:
                forked_program.limit(name, value)
        if not self.mask:
            self.mask = b"%o" % os.umask(0)
        self.state = State()
        self.usage = usage_of_children()
        self.lasting = lasting_state()
        self.files.add_loaded()
        gc.enable()

    def serve(self):
        received = b""
        while True:
            data = self.control.recv(1 << 16)
            if not data:
                forked_program.finish(0)
            received += data
            while len(received) >= HEADER_BYTES:
                end = HEADER_BYTES + int.from_bytes(received[:4], "little")
                if len(received) < end:
                    break
                run, body = received[5:HEADER_BYTES], received[HEADER_BYTES:end]
                received = received[end:]
                self.carry_out(run, *body.split(b"\0", 3))

    def carry_out(self, run, key, name, _limits, fields):
        if self.files.have_changed():
            self.tell(FAILED, run, b"STALE")
            forked_program.finish(0)
        try:
            script = self.find_script(os.fsdecode(name))
            program = forked_program.Run(fields)
            program.open_streams(self.socket_path, key)
            program.set_variables()
            os.umask(int(self.mask, 8))
            os.chdir(program.cwd)
            program.set_arguments(script)
            self.open_input()
            self.extend_processor_time()
        except BaseException as error:
            self.tell(FAILED, run, name_of(error))
            os._exit(forked_program.CANNOT_START)
        self.tell(STARTED, run, number(self.pid))
        self.tasks += 1
        status = forked_program.execute(script, self.fresh_main)
        if not self.can_stay(status):
            forked_program.finish(status)
        self.state.restore()
        if self.files.add_loaded():
            # What a module keeps is looked at no more when the objects of the next runs are freed.
            gc.freeze()
        self.tell(ENDED, run, number(status))

    def find_script(self, path):
        """Compiles it where it is new or has changed."""
        now = stamp(path)
        if self.script is None or (self.script.path, self.script.stamp) != (path, now):
            self.script = forked_program.Script(path, now)
        return self.script

    def open_input(self):
        """What the last run has read and not used stays with its own stream."""
        old = self.state.input
        if old is None:
            return
        raw = io.FileIO(0, "r", closefd=False)
        raw.name = "<stdin>"
        stream = io.TextIOWrapper(io.BufferedReader(raw), old.encoding, old.errors, None, old.line_buffering, old.write_through)
        stream.mode = "r"
        sys.stdin = sys.__stdin__ = stream

    def can_stay(self, status):
        """Ends the run, and says whether the process is as good as new after it."""
        if os.getpid() != self.pid or status == forked_program.INTERRUPTED:
            return False
        if self.has_last_deeds or _thread._count():
            return False
        self.state.restore_signals()
        if not forked_program.flush_streams():
            return False
        forked_program.free_main()
        return (
            forked_program.flush_streams()
            and self.state.has_streams()
            and not self.has_last_deeds
            and not _thread._count()
            and not self.has_left_processes()
            and lasting_state() == self.lasting
            and identity(self.control.fileno()) == self.control_file
            and self.is_within_limits()
        )

    def watch_last_deeds(self):
        """Notes where a script registers a function for its end. Those of modules stay until the end of the worker."""
        register = atexit.register

        def register_at_exit(function, *arguments, **named):
            main = sys.modules.get("__main__")
            if main is not None and sys._getframe(1).f_globals is main.__dict__:
                self.has_last_deeds = True
            return register(function, *arguments, **named)

        atexit.register = register_at_exit

    def has_left_processes(self):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
            return True
        except ChildProcessError:
            pass
        usage = usage_of_children()
        if usage is not None and usage == self.usage:
            return False
        # It has run processes, which may have left others to the system.
        self.usage = usage
        return has_others_in_group(self.pid)

    def is_within_limits(self):
        if self.tasks >= self.max_tasks or (self.max_bytes and used_bytes() > self.max_bytes):
            return False
        return self.cpu_seconds is None or used_seconds() <= self.cpu_seconds

    def limit_processor_time(self, value):
        """A process can lower its hard limit only, so that one holds for all runs, and the worker ends halfway to it."""
        self.cpu_seconds = int(value.partition(":")[0])
        self.cpu_hard = 2 * self.cpu_seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (self.cpu_seconds, self.cpu_hard))

    def extend_processor_time(self):
        if self.cpu_seconds is not None:
            # What the start took is not worth a second.
            soft = min(int(used_seconds() + 0.9) + self.cpu_seconds, self.cpu_hard)
            resource.setrlimit(resource.RLIMIT_CPU, (soft, self.cpu_hard))

    def tell(self, kind, run, body):
        try:
            self.control.sendall(len(body).to_bytes(4, "little") + bytes([kind]) + run + body)
        except OSError:
            # Hookline is gone.
            os._exit(1)


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
        with open("/proc/self/statm", "rb") as file:
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
        with open(f"/proc/{id}/stat", "rb") as file:
            state, _, group = file.read().rpartition(b")")[2].split()[:3]
    except OSError:
        return None
    return None if state in b"ZX" else int(group)


def identity(descriptor):
    try:
        found = os.fstat(descriptor)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def name_of(error):
    return errno.errorcode.get(getattr(error, "errno", None), type(error).__name__).encode()


def number(value):
    return value.to_bytes(4, "little", signed=True)
