"""What a child of the fork server does: it becomes the program, and ends as an interpreter ends."""

import _socket
import _thread
import atexit
import errno
import gc
import os
import sys

try:
    import resource
except ImportError:
    resource = None

CANNOT_START = 127
FLUSH_FAILED = 120
INTERRUPTED = -2
# Names of the modules that were there before the fork.
LOADED = frozenset()
ENCODING = sys.getfilesystemencoding()
ERRORS = sys.getfilesystemencodeerrors()
SAFE_PATH = getattr(sys.flags, "safe_path", False)
PREFIX = [sys.executable] if hasattr(sys, "orig_argv") else None


class Script:
    def __init__(self, path, stamp):
        self.path = path
        self.stamp = stamp
        self.folder = os.path.dirname(os.path.realpath(path))
        self.compiled = None
        try:
            self.compiled = self.compile()
        except Exception:
            pass

    def compile(self):
        with open(self.path, "rb") as file:
            return compile(file.read(), self.path, "exec", dont_inherit=True)

    def code(self):
        if self.compiled is not None:
            return self.compiled
        try:
            return self.compile()
        except OSError as error:
            reason = f"[Errno {error.errno}] {os.strerror(error.errno)}"
            sys.stderr.write(f"{sys.executable}: can't open file {self.path!r}: {reason}\n")
            sys.exit(2)


def become(socket_path, script, request):
    """Takes over what was asked for. Says so and ends where it cannot."""
    task, _, limits, rest = request
    try:
        take_over(socket_path, script, (task, limits, rest))
    except BaseException as error:
        name = errno.errorcode.get(getattr(error, "errno", None), type(error).__name__)
        connect(socket_path, b"%b !%b\n" % (task, name.encode()))
        os._exit(CANNOT_START)
    return script


def take_over(socket_path, script, request):
    task, limits, rest = request
    cwd, uid, gid, umask, nice, arguments, variables, stdin, rest = rest.split(b"\0", 8)
    arguments = int(arguments)
    values = rest.split(b"\0", arguments + int(variables))
    move(connect(socket_path, task + b" 2\n"), 2)
    move(connect(socket_path, task + b" 1\n"), 1)
    if stdin == b"text":
        writer, reader = _socket.socketpair()
        writer.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, 4 * len(values[-1]) + 4096)
        writer.sendall(values[-1])
        writer.close()
        move(reader.detach(), 0)
    elif stdin == b"socket":
        move(connect(socket_path, task + b" 0\n"), 0)
    else:
        move(os.open(os.devnull, os.O_RDONLY), 0)
    os.setsid()
    environ = os.environ._data
    for variable in values[arguments:-1]:
        name, _, value = variable.partition(b"=")
        os.putenv(name, value)
        environ[name] = value
    if umask:
        os.umask(int(umask, 8))
    if nice:
        os.nice(int(nice))
    if uid or gid:
        script = drop(script, uid, gid)
    os.chdir(cwd)
    sys.argv = [script.path]
    for value in values[:arguments]:
        sys.argv.append(value.decode(ENCODING, ERRORS))
    if PREFIX:
        sys.orig_argv = PREFIX + sys.argv
    if not SAFE_PATH:
        sys.path[0] = script.folder
    if "threading" in sys.modules:
        sys.modules["threading"]._main_thread._native_id = _thread.get_native_id()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    # Last, so that nothing of this is held to them.
    for entry in limits.decode().split():
        limit(*entry.split("="))


def drop(script, uid, gid):
    try:
        os.setgroups([])
    except PermissionError:
        pass
    if gid:
        os.setgid(int(gid))
    if uid:
        os.setuid(int(uid))
    # Read once more: this user may not be allowed to.
    script.compiled = None
    return script


def limit(name, value):
    soft, _, hard = value.partition(":")
    resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (int(soft), int(hard or soft)))


def connect(socket_path, first_line):
    stream = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    stream.connect(socket_path)
    stream.sendall(first_line)
    # A socket that is not closed by its method is warned of when it is freed, which takes long even unheard.
    return stream.detach()


def move(descriptor, to):
    os.dup2(descriptor, to)
    os.close(descriptor)


def new_main(fresh, path):
    """The names of a new `__main__`, as the interpreter makes them for a script."""
    main = type(sys)("__main__")
    names = main.__dict__
    names.update(fresh, __doc__=None, __file__=path)
    names["__loader__"] = type(fresh["__loader__"])("__main__", path)
    if "__annotations__" in names:
        names["__annotations__"] = {}
    sys.modules["__main__"] = main
    return names


def fail(error):
    """What the interpreter does about an exception that nothing has caught. Answers the exit status."""
    if isinstance(error, SystemExit):
        return exit_status(error)
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename in OWN_FILES:
        traceback = traceback.tb_next
    error.__traceback__ = traceback
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, traceback
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    try:
        sys.excepthook(type(error), error, traceback)
    except SystemExit as exit:
        return exit_status(exit)
    except BaseException as raised:
        sys.stderr.write("Error in sys.excepthook:\n")
        display(raised.with_traceback(raised.__traceback__.tb_next))
        sys.stderr.write("\nOriginal exception was:\n")
        display(error)
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def exit_status(error):
    code = error.code
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF if -(2**63) <= code < 2**63 else 0xFF
    flush_streams()
    sys.stderr.write(f"{code}\n")
    return 1


def finish(status):
    """Ends the process. All that a program can see of an interpreter's end happens, in its order."""
    threading = sys.modules.get("threading")
    if threading and (_thread._count() or getattr(threading, "_threading_atexits", None)):
        attempt(threading._shutdown)
    attempt(atexit._run_exitfuncs)
    flushed = flush_streams()
    free_program()
    if not (flush_streams() and flushed):
        status = FLUSH_FAILED
    if status == INTERRUPTED:
        import _signal

        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGINT)
    os._exit(status)


def free_program():
    """Frees what the program made, and writes out what still waits in files it left open."""
    if hasattr(sys, "last_value"):
        sys.last_value = sys.last_traceback = sys.last_exc = None
    new = []
    # Newest first, and no further: to look at all of them would copy them all.
    for name in reversed(sys.modules):
        if name in LOADED:
            break
        new.append(name)
    for name in new:
        del sys.modules[name]
    sys.modules["__main__"] = None
    # A file in a cycle could be closed below its buffer.
    flush_files()
    gc.collect()
    flush_files()


def flush_files():
    files = FILES
    for thing in gc.get_objects():
        if type(thing) in files:
            attempt(thing.flush)


def attempt(step):
    try:
        step()
    except SystemExit:
        pass
    except BaseException as error:
        display(error)


def display(error):
    sys.__excepthook__(type(error), error, error.__traceback__)


def flush_streams():
    """False where standard output could not be written."""
    flushed = True
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException as error:
            if stream is sys.stdout:
                flushed = False
                where = "on flushing sys.stdout:" if sys.version_info >= (3, 13) else f"in: {stream!r}"
                sys.stderr.write(f"Exception ignored {where}\n{type(error).__name__}: {error}\n")
    return flushed


OWN_FILES = (__file__, sys.modules["__main__"].__file__)
FILES = (type(sys.__stdout__), type(sys.__stdout__.buffer))
