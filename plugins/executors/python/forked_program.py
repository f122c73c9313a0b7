"""A child of the fork server: becomes the program, and ends as an interpreter does."""

import _io
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
# Names of the modules that were loaded before the fork.
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
    """Sets up this process as requested. Where it cannot, reports the error and exits."""
    key, _, limits, rest = request
    try:
        take_over(socket_path, script, (key, limits, rest))
    except BaseException as error:
        name = errno.errorcode.get(getattr(error, "errno", None), type(error).__name__)
        connect(socket_path, b"%b !%b\n" % (key, name.encode()))
        os._exit(CANNOT_START)


def take_over(socket_path, script, request):
    key, limits, rest = request
    run = Run(rest)
    run.open_streams(socket_path, key)
    os.setsid()
    run.set_variables()
    run.restrict()
    os.chdir(run.cwd)
    run.set_arguments(script)
    adapt_modules()
    # Last, so that they do not hold for the steps above.
    for entry in limits.decode().split():
        limit(*entry.split("="))


class Run:
    """The fields of a request that say how a program is to run."""

    def __init__(self, fields):
        cwd, umask, nice, arguments, variables, stdin, rest = fields.split(b"\0", 6)
        arguments = int(arguments)
        values = rest.split(b"\0", arguments + int(variables))
        self.cwd = cwd
        self.umask = umask
        self.nice = nice
        self.arguments = values[:arguments]
        self.variables = values[arguments:-1]
        self.stdin = stdin
        self.input = values[-1]

    def open_streams(self, socket_path, key):
        move(connect(socket_path, key + b" 2\n"), 2)
        move(connect(socket_path, key + b" 1\n"), 1)
        if self.stdin == b"text":
            writer, reader = _socket.socketpair()
            writer.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDBUF, 4 * len(self.input) + 4096)
            writer.sendall(self.input)
            writer.close()
            move(reader.detach(), 0)
        elif self.stdin == b"socket":
            move(connect(socket_path, key + b" 0\n"), 0)
        else:
            move(os.open(os.devnull, os.O_RDONLY), 0)

    def set_variables(self):
        environ = os.environ._data
        for variable in self.variables:
            name, _, value = variable.partition(b"=")
            os.putenv(name, value)
            environ[name] = value

    def restrict(self):
        if self.umask:
            os.umask(int(self.umask, 8))
        if self.nice:
            os.nice(int(self.nice))

    def set_arguments(self, script):
        sys.argv = [script.path]
        for value in self.arguments:
            sys.argv.append(value.decode(ENCODING, ERRORS))
        if PREFIX:
            sys.orig_argv = PREFIX + sys.argv
        if not SAFE_PATH:
            sys.path[0] = script.folder


def adapt_modules():
    """Tells loaded modules that this is another process."""
    if "threading" in sys.modules:
        sys.modules["threading"]._main_thread._native_id = _thread.get_native_id()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def limit(name, value):
    soft, _, hard = value.partition(":")
    if name == "nproc":
        # The fork server is a process of this user too.
        soft = int(soft) + 1
    resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (int(soft), int(hard or soft)))


def connect(socket_path, first_line):
    stream = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    stream.connect(socket_path)
    stream.sendall(first_line)
    # Python warns about a socket that is freed before it is closed, which is slow even if nobody sees the warning.
    return stream.detach()


def move(descriptor, to):
    os.dup2(descriptor, to)
    os.close(descriptor)


def new_main(fresh, path):
    """The namespace of a new `__main__`, as the interpreter makes it for a script."""
    main = type(sys)("__main__")
    names = main.__dict__
    names.update(fresh, __doc__=None, __file__=path)
    names["__loader__"] = type(fresh["__loader__"])("__main__", path)
    if "__annotations__" in names:
        names["__annotations__"] = {}
    sys.modules["__main__"] = main
    return names


def execute(script, fresh):
    """Runs it as `__main__`. Returns the exit status."""
    try:
        exec(script.code(), new_main(fresh, script.path))
        return 0
    except BaseException as error:
        raised = error
    try:
        return fail(raised)
    finally:
        raised = None


def fail(error):
    """Does what the interpreter does with an uncaught exception. Returns the exit status."""
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
    """Ends the process with everything that a program can see of an interpreter's end, in the same order."""
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
    """Frees the program's objects and the modules that it has loaded."""
    new = []
    # Newest first, and only the new ones: reading the others would copy their memory.
    for name in reversed(sys.modules):
        if name in LOADED:
            break
        new.append(name)
    for name in new:
        del sys.modules[name]
    free_main()


def free_main():
    """Frees the program's objects, and flushes files that it left open."""
    if hasattr(sys, "last_value"):
        sys.last_value = sys.last_traceback = sys.last_exc = None
    sys.modules["__main__"] = None
    # In a reference cycle, the file could be closed before its buffer is flushed.
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
    """Returns False if standard output could not be written."""
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
FILES = (_io.TextIOWrapper, _io.BufferedWriter)
