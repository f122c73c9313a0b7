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
from worker_state import State, has_others_in_group, lasting_state, usage_of_children, used_bytes, used_seconds

resource = forked_program.resource
STARTED, FAILED, ENDED = 4, 5, 6
HEADER_BYTES = 9


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
        for entry in limits.decode().split():
            name, value = entry.split("=")
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
