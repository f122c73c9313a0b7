"""Starts programs for Hookline, whose own process is too large to be forked often.

Serves the frames of core/sdk/processes/helper/frames.ts at descriptor 3: the length of the body (4 bytes), the kind (1)
and the id of a run (4), all little endian, and the body.

To here:    1 start     cwd, uid, gid, kind of input (none, whole, part), output streams (2 or 3), number of arguments,
                        number of variables, arguments, variables (name, value), each ended by a NUL; then input
            2 input     more input; 3 the last of it
            4 let go    the output is no longer wanted
From here:  0 ready
            1, 2, 3     output of the program's descriptor of this number
            4 started   process id (4 bytes)
            5 failed    name of the error: nothing was started
            6 ended     exit code, or a signal as a negative number (4 bytes)
            7 finished  ended, and all output sent
            8 more      the last part of the input was written

Each program leads a session and process group of its own. When the socket closes, all running programs are killed.
"""

import errno
import os
import select
import signal
import struct
import sys
import time

CONTROL = 3
FIELDS = 7
READ_BYTES = 1 << 16
# When this much output waits to be sent, no more is read: the programs wait, and memory does not grow.
MAX_WAITING_BYTES = 1 << 20
# Few at once, so that programs that write much take turns with the others.
EVENTS_AT_ONCE = 16
PIPE_ALWAYS_HOLDS_BYTES = 4096
# Output is watched once a program has run for one to two of these periods. Most end before: it is read at their end.
UNWATCHED_SECONDS = 0.01

START, INPUT, LAST_INPUT, LET_GO = 1, 2, 3, 4
READY, STARTED, FAILED, ENDED, FINISHED, MORE = 0, 4, 5, 6, 7, 8
HEADER = struct.Struct("<IBI")
NUMBER = struct.Struct("<i")

# Python ignores these signals. A started program would ignore them too.
IGNORED_SIGNALS = [signal.SIGPIPE] + ([signal.SIGXFSZ] if hasattr(signal, "SIGXFSZ") else [])


class Run:
    __slots__ = ("id", "pid", "outputs", "is_watched", "status", "input", "unwritten", "is_last")

    def __init__(self, id):
        self.id = id
        self.pid = 0
        self.outputs = {}
        self.is_watched = False
        self.status = None
        self.input = None
        self.unwritten = b""
        self.is_last = True


class Launcher:
    def __init__(self):
        self.runs = {}
        self.by_pid = {}
        self.by_descriptor = {}
        # Whose output is not watched yet: those that began in this period, and in the one before.
        self.new, self.earlier = [], []
        self.period_ends = 0
        self.received = bytearray()
        self.waiting = bytearray()
        self.is_sending = False
        close_inherited()
        self.no_input = os.open(os.devnull, os.O_RDONLY)
        self.wake_reader, wake_writer = os.pipe()
        for descriptor in (CONTROL, self.wake_reader, wake_writer):
            os.set_blocking(descriptor, False)
            os.set_inheritable(descriptor, False)
        # Handled, not ignored: programs would inherit that. Only the end of the socket ends this process.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, frame: None)
        signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        self.every = select.epoll()
        self.narrow = select.epoll()
        for poller in (self.every, self.narrow):
            poller.register(self.wake_reader, select.EPOLLIN)
        self.every.register(CONTROL, select.EPOLLIN)
        self.narrow.register(CONTROL, select.EPOLLIN | select.EPOLLOUT)
        self.tell(READY, 0)

    def serve(self):
        while True:
            self.send()
            poller = self.narrow if len(self.waiting) > MAX_WAITING_BYTES else self.every
            ready = dict(poller.poll(self.turn_period(), EVENTS_AT_ONCE))
            control, woken = ready.pop(CONTROL, 0), ready.pop(self.wake_reader, 0)
            # First, since the steps below may close descriptors and open others with the same numbers.
            for descriptor in ready:
                run, stream = self.by_descriptor.get(descriptor, (None, None))
                if run is None:
                    continue
                if stream == 0:
                    self.write_input(run)
                else:
                    self.read_output(run, stream, descriptor)
            if woken:
                os.read(self.wake_reader, 4096)
                self.reap()
            if control & ~select.EPOLLOUT:
                self.receive()

    def turn_period(self):
        """Watches what has run for a whole period. Returns in how many seconds to look again; None: never."""
        if not self.new and not self.earlier:
            return None
        now = time.monotonic()
        if now >= self.period_ends:
            for run in self.earlier:
                self.watch(run)
            self.earlier, self.new = self.new, []
            self.period_ends = now + UNWATCHED_SECONDS
        return self.period_ends - now

    def watch(self, run):
        if run.is_watched:
            return
        run.is_watched = True
        for stream, descriptor in run.outputs.items():
            self.by_descriptor[descriptor] = (run, stream)
            self.every.register(descriptor, select.EPOLLIN)

    def tell(self, kind, id, body=b""):
        self.waiting += HEADER.pack(len(body), kind, id)
        self.waiting += body

    def send(self):
        try:
            while self.waiting:
                with memoryview(self.waiting) as view:
                    sent = os.write(CONTROL, view[: 4 * READ_BYTES])
                del self.waiting[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self.end()
        if bool(self.waiting) != self.is_sending:
            self.is_sending = not self.is_sending
            self.every.modify(CONTROL, select.EPOLLIN | (select.EPOLLOUT if self.is_sending else 0))

    def receive(self):
        try:
            data = os.read(CONTROL, 4 * READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
        self.received += data
        start = 0
        while len(self.received) - start >= HEADER.size:
            length, kind, id = HEADER.unpack_from(self.received, start)
            end = start + HEADER.size + length
            if end > len(self.received):
                break
            self.obey(kind, id, bytes(self.received[start + HEADER.size : end]))
            start = end
        del self.received[:start]
        # Otherwise the folder of the last program could not be unmounted.
        os.chdir("/")

    def obey(self, kind, id, body):
        if kind == START:
            self.start(Run(id), body)
            return
        run = self.runs.get(id)
        if run is None:
            return
        if kind == LET_GO:
            self.let_go(run)
        elif run.input is not None:
            run.unwritten = body
            run.is_last = kind == LAST_INPUT
            self.write_input(run)

    def start(self, run, body):
        fields = body.split(b"\0", FIELDS)
        count = int(fields[5])
        rest = fields[FIELDS].split(b"\0", count + 2 * int(fields[6]))
        input = rest.pop()
        theirs, ours = [], []
        try:
            if fields[3] != b"none":
                reader, run.input = os.pipe()
                theirs.append(reader)
                run.is_last = fields[3] == b"whole"
                if not run.is_last or len(input) > PIPE_ALWAYS_HOLDS_BYTES:
                    os.set_blocking(run.input, False)
                # Before the start: a program that ends at once would have closed the pipe.
                run.unwritten = input[os.write(run.input, input) :]
                if run.is_last and not run.unwritten:
                    close_input(run)
            for _ in range(int(fields[4])):
                reader, writer = os.pipe()
                ours.append(reader)
                theirs.append(writer)
            variables = dict(zip(rest[count::2], rest[count + 1 :: 2]))
            descriptors = [self.no_input, *theirs] if fields[3] == b"none" else theirs
            run.pid = launch(fields, rest[:count], variables, descriptors)
        except (OSError, ValueError) as error:
            for descriptor in ours:
                os.close(descriptor)
            close_input(run)
            # A name of a variable that the system cannot take, such as one with `=`.
            number = error.errno if isinstance(error, OSError) else errno.EINVAL
            self.tell(FAILED, run.id, errno.errorcode.get(number, "EUNKNOWN").encode())
            return
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        self.runs[run.id] = self.by_pid[run.pid] = run
        self.tell(STARTED, run.id, NUMBER.pack(run.pid))
        run.outputs = dict(enumerate(ours, 1))
        if not self.new and not self.earlier:
            self.period_ends = time.monotonic() + UNWATCHED_SECONDS
        self.new.append(run)
        if run.input is not None:
            self.write_input(run)

    def write_input(self, run):
        try:
            while run.unwritten:
                run.unwritten = run.unwritten[os.write(run.input, run.unwritten) :]
        except BlockingIOError:
            if run.input not in self.by_descriptor:
                self.by_descriptor[run.input] = (run, 0)
                self.every.register(run.input, select.EPOLLOUT)
            return
        except OSError:
            # The program has closed its input.
            run.is_last = True
        if self.by_descriptor.pop(run.input, None) is not None:
            self.every.unregister(run.input)
        if run.is_last:
            close_input(run)
        else:
            self.tell(MORE, run.id)

    def read_output(self, run, stream, descriptor):
        data = os.read(descriptor, READ_BYTES)
        if data:
            self.tell(stream, run.id, data)
            return
        del self.by_descriptor[descriptor], run.outputs[stream]
        os.close(descriptor)
        self.finish(run)

    def finish(self, run):
        if run.status is not None and not run.outputs and self.runs.pop(run.id, None) is not None:
            self.let_go(run)
            self.tell(FINISHED, run.id)

    def let_go(self, run):
        self.runs.pop(run.id, None)
        for descriptor in run.outputs.values():
            self.by_descriptor.pop(descriptor, None)
            os.close(descriptor)
        run.outputs.clear()
        if run.input is not None:
            self.by_descriptor.pop(run.input, None)
            close_input(run)

    def reap(self):
        unwatched = []
        while self.by_pid:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            run = self.by_pid.pop(pid, None)
            if run is None:
                continue
            run.status = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
            if run.id in self.runs:
                self.tell(ENDED, run.id, NUMBER.pack(run.status))
                if run.is_watched:
                    self.finish(run)
                else:
                    unwatched.append(run)
        if unwatched:
            self.read_at_end(unwatched)

    def read_at_end(self, runs):
        """Reads what ended programs have written. Output that is still held by others is watched."""
        poller = select.poll()
        streams = {}
        for run in runs:
            for stream, descriptor in run.outputs.items():
                poller.register(descriptor, select.POLLIN)
                streams[descriptor] = (run, stream)
        for descriptor, events in poller.poll(0):
            if events & select.POLLHUP and len(self.waiting) <= MAX_WAITING_BYTES:
                self.read_whole(*streams[descriptor], descriptor, events & select.POLLIN)
        for run in runs:
            self.watch(run)
            self.finish(run)

    def read_whole(self, run, stream, descriptor, has_data):
        while has_data:
            has_data = os.read(descriptor, READ_BYTES)
            if has_data:
                self.tell(stream, run.id, has_data)
        del run.outputs[stream]
        os.close(descriptor)

    def end(self):
        """Hookline is gone: all programs are killed."""
        for pid in self.by_pid:
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                pass
        os._exit(0)


def close_inherited():
    """Closes descriptors that were inherited by mistake: otherwise every program would inherit them too."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > CONTROL:
            try:
                os.close(int(name))
            except OSError:
                pass


def close_input(run):
    if run.input is not None:
        os.close(run.input)
        run.input = None
        run.unwritten = b""


def launch(fields, arguments, variables, descriptors):
    """Returns the process id. Raises OSError if nothing was started."""
    cwd, uid, gid = fields[:3]
    if uid or gid:
        return fork(fields, arguments, variables, descriptors)
    os.chdir(cwd)
    return execute(spawn, arguments, variables, descriptors)


def execute(start, arguments, variables, descriptors):
    file = find(arguments[0], variables.get(b"PATH", b"/bin:/usr/bin"))
    try:
        return start(file, arguments, variables, descriptors)
    except OSError as error:
        # A script without an interpreter line is run by the shell, as execvp does.
        if error.errno != errno.ENOEXEC:
            raise
        return start(b"/bin/sh", [b"/bin/sh", file, *arguments[1:]], variables, descriptors)


def spawn(file, arguments, variables, descriptors):
    actions = [(os.POSIX_SPAWN_DUP2, ours, number) for number, ours in enumerate(descriptors)]
    return os.posix_spawn(
        file, arguments, variables, file_actions=actions, setsid=True, setsigdef=IGNORED_SIGNALS
    )


def fork(fields, arguments, variables, descriptors):
    """Slower than `spawn`, but a process must exist before it can change its user."""
    cwd, uid, gid, input = fields[:4]
    reader, writer = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if pid == 0:
        try:
            os.setsid()
            for number in IGNORED_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            os.chdir(cwd)
            # Otherwise it could use its streams, but not open them again by their path.
            for ours in descriptors[1 if input == b"none" else 0 :]:
                os.fchown(ours, int(uid or -1), int(gid or -1))
            os.setgroups([])
            if gid:
                os.setgid(int(gid))
            if uid:
                os.setuid(int(uid))
            for number, ours in enumerate(descriptors):
                os.dup2(ours, number)
            execute(replace, arguments, variables, descriptors)
        except OSError as error:
            os.write(writer, NUMBER.pack(error.errno))
        finally:
            os._exit(127)
    os.close(writer)
    failure = os.read(reader, NUMBER.size)
    os.close(reader)
    if failure:
        os.waitpid(pid, 0)
        raise OSError(NUMBER.unpack(failure)[0], "")
    return pid


def replace(file, arguments, variables, descriptors):
    os.execve(file, arguments, variables)


def find(name, path):
    """The file that execvp would start for a name."""
    if b"/" in name:
        return name
    refused = None
    for folder in path.split(b":"):
        file = os.path.join(folder or b".", name)
        if os.path.isfile(file):
            if os.access(file, os.X_OK):
                return file
            refused = OSError(errno.EACCES, "")
    raise refused or OSError(errno.ENOENT, "")


if not hasattr(os, "posix_spawn") or not hasattr(select, "epoll"):
    sys.exit("needs Python 3.8 or newer, and Linux")
Launcher().serve()
