"""Starts Python programs by forking: each is a process of its own, without a cold start of its own.

fork_server.py SOCKET FOLDER [MODULE]…

Imports the modules, found as from a script in FOLDER, then reads requests from descriptor 3 until it ends. A request is
its length in bytes, a line feed, and fields that NUL separates: id, script, limits, and those of `forked_program`. The
answers are lines:

ready [MODULE: why it could not be imported]…     (fields are separated by tabs)
started ID PID | failed ID ERRNO-NAME | stale ID | unlimited ID     (stale: an imported file has changed, and nothing
     was started; unlimited: limits cannot be set, and nothing was started)
ended ID STATUS                                    (an exit code, or a signal as a negative number)

A page of memory that a child touches is copied, and that is most of what a start costs. So a child runs little code,
and frees nothing that was there before it. Few modules are imported here: a script shall find what it would in a fresh
interpreter.
"""

FRESH_MAIN = dict(globals())

import _signal
import errno
import gc
import os
import select
import sys
import time

# Nothing is left where the package is.
write_no_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
import forked_program

sys.dont_write_bytecode = write_no_bytecode
# A script shall import its own.
sys.modules.pop("resource", None)

CONTROL = 3
CHECKING_SHARE = 0.02


class Server:
    def __init__(self, folder, preload):
        self.running = {}
        self.answers = []
        self.received = b""
        self.scripts = {}
        self.next_check = 0.0
        self.thread_hooks, failures = import_all(preload, folder)
        self.files = {path: stamp(path) for path in loaded_files()} if preload else {}
        self.wake_reader, self.wake_writer = os.pipe()
        os.set_blocking(self.wake_reader, False)
        os.set_blocking(self.wake_writer, False)
        os.set_inheritable(CONTROL, False)
        _signal.set_wakeup_fd(self.wake_writer, warn_on_full_buffer=False)
        # Any function of two arguments that does nothing: this one runs no Python code.
        _signal.signal(_signal.SIGCHLD, {}.get)
        self.answers.append("\t".join(["ready", *failures]))

    def serve(self):
        """Returns only in a child, with the request to be carried out."""
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
            length, line_feed, rest = self.received.partition(b"\n")
            if not line_feed or len(rest) < int(length):
                return None
            request = rest[: int(length)].split(b"\0", 3)
            self.received = rest[int(length) :]
            if self.fork(*request):
                return request

    def fork(self, task, script, limits, _):
        """True in the child."""
        task = task.decode()
        if self.has_changed_files():
            self.answers.append(f"stale {task}")
            return False
        if limits and forked_program.resource is None:
            self.answers.append(f"unlimited {task}")
            return False
        self.prepare_script(script)
        try:
            pid = os.fork()
        except OSError as error:
            self.answers.append(f"failed {task} {errno.errorcode.get(error.errno)}")
            return False
        if pid == 0:
            return True
        self.running[pid] = task
        self.answers.append(f"started {task} {pid}")
        return False

    def has_changed_files(self):
        start = time.monotonic()
        if start < self.next_check:
            return False
        changed = any(stamp(path) != known for path, known in self.files.items())
        end = time.monotonic()
        self.next_check = end + (end - start) / CHECKING_SHARE
        return changed

    def prepare_script(self, name):
        """Compiles it once for all children; one that cannot be compiled is left to the child, for its message."""
        script = os.fsdecode(name)
        now = stamp(script)
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
            task = self.running.pop(pid, None)
            if task is not None:
                ending = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
                self.answers.append(f"ended {task} {ending}")

    def answer(self):
        data = "".join(line + "\n" for line in self.answers).encode("utf-8", "replace")
        self.answers.clear()
        while data:
            try:
                data = data[os.write(CONTROL, data) :]
            except OSError:
                self.end()

    def end(self):
        """Whoever asked for the programs is gone, and so are they."""
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


def import_all(modules, folder):
    """Imports as a script in the folder would. Answers the held hooks of `threading`, and what could not be imported."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = folder
    failures = []
    hooks = []
    register = os.register_at_fork

    def hold(**given):
        # What `threading` repairs after a fork is not broken where there is one thread, and repairing it is slow.
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


def loaded_files():
    found = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
    return {path for path in found if isinstance(path, str)} - {__file__, forked_program.__file__}


def stamp(path):
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


gc.disable()
socket_path, folder, *preload = sys.argv[1:]
server = Server(folder, preload)
del sys.modules["forked_program"]
forked_program.LOADED = frozenset(sys.modules)
gc.collect()
if hasattr(gc, "freeze"):
    gc.freeze()
request = server.serve()
# From here on in a child.
_signal.set_wakeup_fd(-1)
_signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
for descriptor in (CONTROL, server.wake_reader, server.wake_writer):
    os.close(descriptor)
for hooks in server.thread_hooks:
    os.register_at_fork(**hooks)
program = forked_program.become(socket_path, server.scripts[request[1]], request)
gc.enable()
try:
    exec(program.code(), forked_program.new_main(FRESH_MAIN, program.path))
except BaseException as error:
    raised = error
    status = forked_program.fail(raised)
    raised = None
else:
    status = 0
forked_program.finish(status)
