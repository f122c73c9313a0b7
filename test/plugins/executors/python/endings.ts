/** A small script and what comes of it, however its interpreter was started. */
export interface Behaviour {
  readonly title: string
  readonly script: string
  readonly stdin?: string
  readonly stdout?: string | RegExp
  readonly stderr?: string | RegExp
  /** Default 0. */
  readonly exitCode?: number
  readonly options?: Readonly<Record<string, unknown>>
}

const BUFFERED = { env: { PYTHONUNBUFFERED: '' } }

/** How scripts end. */
export const ENDINGS: readonly Behaviour[] = [
  { title: 'sys.exit with a number', script: 'import sys; sys.exit(7)', exitCode: 7 },
  { title: 'sys.exit with a large number', script: 'import sys; sys.exit(258)', exitCode: 2 },
  { title: 'sys.exit with a negative number', script: 'import sys; sys.exit(-1)', exitCode: 255 },
  { title: 'sys.exit with a boolean', script: 'import sys; sys.exit(True)', exitCode: 1 },
  {
    title: 'sys.exit without a value',
    script: 'import sys; print("out"); sys.exit()',
    stdout: 'out\n',
  },
  {
    title: 'SystemExit with a text',
    script: 'raise SystemExit("no")',
    stderr: 'no\n',
    exitCode: 1,
  },
  {
    title: 'os._exit, which flushes nothing',
    script: 'import os; print("lost"); os._exit(5)',
    options: BUFFERED,
    stdout: '',
    exitCode: 5,
  },
  {
    title: 'an uncaught exception',
    script: 'def f():\n    raise ValueError("bad")\n\nprint("before")\nf()\n',
    stdout: 'before\n',
    stderr:
      /^Traceback \(most recent call last\):\n {2}File ".*\/script\.py", line 5, in <module>\n {4}f\(\)\n[ ~^]*\n? {2}File ".*\/script\.py", line 2, in f\n {4}raise ValueError\("bad"\)\nValueError: bad\n$/,
    exitCode: 1,
  },
  {
    title: 'an exception with a cause',
    script:
      'try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError("k") from error\n',
    stderr:
      /^Traceback .*\n {2}File ".*script\.py", line 2, in <module>\n[\s\S]*ZeroDivisionError: .*\n\nThe above exception was the direct cause .*\n\nTraceback .*\n {2}File ".*script\.py", line 4, in <module>\n[\s\S]*KeyError: 'k'\n$/,
    exitCode: 1,
  },
  {
    title: 'a syntax error',
    script: 'print("never"\n',
    stdout: '',
    stderr: /^ {2}File ".*script\.py", line \d\n[\s\S]*SyntaxError: .*\n$/,
    exitCode: 1,
  },
  {
    title: 'its own excepthook',
    script:
      'import sys\nsys.excepthook = lambda kind, error, trace: print("hook", kind.__name__)\n1 / 0\n',
    stdout: 'hook ZeroDivisionError\n',
    stderr: '',
    exitCode: 1,
  },
  {
    title: 'an uncaught KeyboardInterrupt',
    script: 'import os, signal\nprint("out")\nos.kill(os.getpid(), signal.SIGINT)\n',
    stdout: 'out\n',
    stderr: /KeyboardInterrupt\n$/,
    exitCode: 130,
  },
  {
    title: 'a signal',
    script: 'import os, signal; os.kill(os.getpid(), signal.SIGTERM)',
    exitCode: 143,
  },
  {
    title: 'a crash',
    script: 'import os, signal; os.kill(os.getpid(), signal.SIGSEGV)',
    exitCode: 139,
  },
]

/** What happens at a script's end, and in which order. */
export const LAST_DEEDS: readonly Behaviour[] = [
  {
    title: 'threads are waited for, then atexit runs, newest first',
    script: `import atexit, threading, time
atexit.register(print, "first registered")
atexit.register(print, "last registered")
def work():
    time.sleep(0.2)
    print("thread")
threading.Thread(target=work).start()
print("main")
`,
    stdout: 'main\nthread\nlast registered\nfirst registered\n',
  },
  {
    title: 'a daemon thread is not waited for',
    script: `import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print("main")
`,
    stdout: 'main\n',
  },
  {
    title: 'a pool of threads finishes its work',
    script: `import time
from concurrent.futures import ThreadPoolExecutor
ThreadPoolExecutor(2).submit(lambda: (time.sleep(0.1), print("done")))
`,
    stdout: 'done\n',
  },
  {
    title: 'atexit runs after an exception, and may fail itself',
    script: `import atexit
atexit.register(print, "still runs")
@atexit.register
def broken():
    raise ValueError("in atexit")
raise RuntimeError("in main")
`,
    stdout: 'still runs\n',
    stderr: /RuntimeError: in main\n[\s\S]*ValueError: in atexit\n$/,
    exitCode: 1,
  },
  {
    title: 'files left open are written out, and objects get their __del__',
    script: `class Last:
    def __del__(self):
        print("freed")
kept = Last()
cycle = Last()
cycle.itself = cycle
left_open = open("left-open.txt", "w")
left_open.write("written")
def use():
    return left_open
`,
    stdout: 'freed\nfreed\n',
  },
  {
    title: 'output that cannot be written is exit code 120',
    script: 'import os\nprint("lost")\nos.close(1)\n',
    options: BUFFERED,
    stdout: '',
    stderr: /^Exception ignored .*stdout[\s\S]*OSError: \[Errno 9\] Bad file descriptor\n$/,
    exitCode: 120,
  },
  {
    title: 'output without a final line feed, of both kinds, arrives',
    script: 'import sys\nsys.stdout.write("out")\nsys.stderr.write("err")\n',
    stdout: 'out',
    stderr: 'err',
  },
]
