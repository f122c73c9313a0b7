"""Starts Python programs by forking: each is a process of its own, but no interpreter has to start for it.

fork_server.py SOCKET FOLDER [MODULE]…

Imports the modules, found as from a script in FOLDER. Then serves the frames of core/sdk/processes/helper/frames.ts at
descriptor 3 until it closes:

To here:    1 start     key, script, limits and the fields of `forked_program`, separated by NUL. Without a script: a
                        worker, see `worker_program`
From here:  0 ready     why modules could not be imported, separated by tabs
            4 started   process id (4 bytes)
            5 failed    name of the error; STALE: an imported file has changed; UNLIMITED: limits cannot be set.
                        Nothing was started
            6 ended     exit code, or a signal as a negative number (4 bytes)

It runs as the user of the programs that it starts. It closes what it inherited, and a child forgets all other requests
and scripts, so that a program finds nothing of others.

Each page of memory that a child writes to is copied, and that is most of what a start costs. So a child runs little
code, and frees nothing that existed before the fork. Few modules are imported here, so that a script finds what it would
find in a fresh interpreter.
"""

FRESH_MAIN = dict(globals())

import _signal
import errno
import gc
import os
import select
import sys

# Leaves no compiled files in the package.
write_no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
import forked_program
import watched_files
import worker_program

sys.dont_write_bytecode = write_no_bytecode
# A script imports its own.
sys.modules.pop("resource", None)

OWN_MODULES = ("forked_program", "watched_files", "worker_program", "worker_state")
OWN_FILES = {__file__, *(sys.modules[name].__file__ for name in OWN_MODULES)}
CONTROL = 3
READY, STARTED, FAILED, ENDED = 0, 4, 5, 6
HEADER_BYTES = 9
NO_RUN = bytes(4)


class Server:
    def __init__(self, folder, preload):
        self.running = {}
        self.answers = bytearray()
        self.received = b""
        self.scripts = {}
        self.files = watched_files.WatchedFiles(OWN_FILES)
        self.thread_hooks, failures = import_all(preload, folder)
        if preload:
            self.files.add_loaded()
        self.wake_reader, self.wake_writer = os.pipe()
        os.set_blocking(self.wake_reader, False)
        os.set_blocking(self.wake_writer, False)
        os.set_inheritable(CONTROL, False)
        _signal.set_wakeup_fd(self.wake_writer, warn_on_full_buffer=False)
        # A function of two arguments that does nothing, without running Python code.
        _signal.signal(_signal.SIGCHLD, {}.get)
        self.tell(READY, NO_RUN, "\t".join(failures).encode("utf-8", "replace"))

    def serve(self):
        """Returns only in a child, with the request that it is to carry out."""
        while True:
            self.answer()
            readable = select.select([CONTROL, self.wake_reader], [], [])[0]
            if self.wake_reader in readable:
                os.read(self.wake_reader, 4096)
                self.reap()
            if CONTROL in readable:
                data = os.read(CONTROL, 1 << 16)
                if not data:
                    self.end()
                self.received += data
                request = self.start_all()
                if request is not None:
                    return request

    def start_all(self):
        while True:
            end = HEADER_BYTES + int.from_bytes(self.received[:4], "little")
            if len(self.received) < end:
                return None
            run = self.received[5:HEADER_BYTES]
            request = self.received[HEADER_BYTES:end].split(b"\0", 3)
            self.received = self.received[end:]
            if self.fork(run, *request):
                self.forget()
                return request

    def fork(self, run, _key, script, limits, _rest):
        """True in the child."""
        if self.files.have_changed():
            self.tell(FAILED, run, b"STALE")
            return False
        if limits and forked_program.resource is None:
            self.tell(FAILED, run, b"UNLIMITED")
            return False
        if script:
            self.prepare_script(script)
        try:
            pid = os.fork()
        except OSError as error:
            self.tell(FAILED, run, errno.errorcode.get(error.errno, "EUNKNOWN").encode())
            return False
        if pid == 0:
            return True
        self.running[pid] = run
        self.tell(STARTED, run, number(pid))
        return False

    def forget(self):
        """Called in a child: what is left here belongs to others."""
        self.received = b""
        self.answers.clear()
        self.running.clear()

    def prepare_script(self, name):
        """Compiles it once for all children. A script with a fault is left to the child, which prints the message."""
        script = os.fsdecode(name)
        now = watched_files.stamp(script)
        known = self.scripts.get(name)
        if known is None or known.stamp != now:
            self.scripts[name] = forked_program.Script(script, now)

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            run = self.running.pop(pid, None)
            if run is not None:
                ending = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
                self.tell(ENDED, run, number(ending))

    def tell(self, kind, run, body):
        self.answers += len(body).to_bytes(4, "little") + bytes([kind]) + run + body

    def answer(self):
        data = bytes(self.answers)
        self.answers.clear()
        while data:
            try:
                data = data[os.write(CONTROL, data) :]
            except OSError:
                self.end()

    def end(self):
        """Hookline is gone: all programs are killed."""
        for pid in self.running:
            for kill in (os.killpg, os.kill):
                try:
                    kill(pid, _signal.SIGKILL)
                except OSError:
                    pass
        try:
            os.unlink(socket_path)
            os.rmdir(os.path.dirname(socket_path))
        except OSError:
            pass
        os._exit(0)


def close_inherited():
    """Closes descriptors that were inherited by mistake: otherwise every program would inherit them too."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):
            for name in os.listdir(folder):
                if int(name) > CONTROL:
                    try:
                        os.close(int(name))
                    except OSError:
                        pass
            return


def number(value):
    return value.to_bytes(4, "little", signed=True)


def import_all(modules, folder):
    """Imports as a script in the folder would. Returns the fork hooks of `threading`, and what could not be imported."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    failures = []
    hooks = []
    register = os.register_at_fork

    def hold(**given):
        # `threading` repairs its state after a fork, which is slow and not needed where there is one thread.
        is_threading = getattr(given.get("after_in_child"), "__module__", None) == "threading"
        hooks.append(given) if is_threading else register(**given)

    os.register_at_fork = hold
    for module in modules:
        try:
            __import__(module)
        except BaseException as error:
            failures.append(" ".join(f"{module}: {type(error).__name__}: {error}".split()))
    os.register_at_fork = register
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    if hooks and sys.modules["threading"].active_count() > 1:
        register(**hooks.pop())
    return hooks, failures


close_inherited()
gc.disable()
socket_path, folder, *preload = sys.argv[1:]
server = Server(folder, preload)
for name in OWN_MODULES:
    del sys.modules[name]
forked_program.LOADED = frozenset(sys.modules)
gc.collect()
if hasattr(gc, "freeze"):
    gc.freeze()
request = server.serve()
# From here on, this is a child.
_signal.set_wakeup_fd(-1)
_signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
for descriptor in (CONTROL, server.wake_reader, server.wake_writer):
    os.close(descriptor)
for hooks in server.thread_hooks:
    os.register_at_fork(**hooks)
if not request[1]:
    server.scripts.clear()
    worker_program.serve(socket_path, request, FRESH_MAIN, server.files)
program = server.scripts.pop(request[1])
server.scripts.clear()
forked_program.become(socket_path, program, request)
gc.enable()
forked_program.finish(forked_program.execute(program, FRESH_MAIN))
