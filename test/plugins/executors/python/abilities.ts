import type { Behaviour } from './endings.ts'

/** What scripts can do. */
export const ABILITIES: readonly Behaviour[] = [
  {
    title: 'reads its input as text and by lines',
    script: 'import sys\nprint([line for line in sys.stdin])\n',
    stdin: 'one\ntwo é\n',
    stdout: "['one\\n', 'two é\\n']\n",
  },
  {
    title: 'input() ends with EOFError',
    script: 'print(input())\ntry:\n    input()\nexcept EOFError:\n    print("end")\n',
    stdin: 'one\n',
    stdout: 'one\nend\n',
  },
  {
    title: 'has nothing to read with stdin: none',
    script: 'import sys\nprint(repr(sys.stdin.read()))\n',
    options: { stdin: 'none' },
    stdout: "''\n",
  },
  {
    title: 'handles signals',
    script: `import os, signal
signal.signal(signal.SIGUSR1, lambda number, frame: print("got", number == signal.SIGUSR1))
os.kill(os.getpid(), signal.SIGUSR1)
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
`,
    stdout: 'got True\ninterrupted\n',
  },
  {
    title: 'starts processes and waits for them',
    script: `import subprocess
done = subprocess.run(["sh", "-c", "cat; exit 3"], input="hi", capture_output=True, text=True)
print(done.returncode, done.stdout)
print(subprocess.run(["sh", "-c", "echo $WEBHOOK_MARK"], capture_output=True, text=True).stdout, end="")
`,
    stdout: '3 hi\nmarked\n',
  },
  ...['fork', 'spawn'].map((method) => ({
    title: `multiprocessing by ${method}`,
    script: `import multiprocessing
def square(number):
    return number * number
if __name__ == "__main__":
    multiprocessing.set_start_method("${method}")
    with multiprocessing.Pool(2) as pool:
        print(pool.map(square, range(4)))
`,
    stdout: '[0, 1, 4, 9]\n',
    stderr: '',
  })),
  {
    title: 'forks while a thread runs',
    script: `import os, threading, warnings
# Newer Pythons warn of it.
warnings.simplefilter("ignore")
threading.Thread(target=threading.Event().wait, daemon=True).start()
if os.fork() == 0:
    print(threading.active_count(), threading.main_thread() is threading.current_thread(), flush=True)
    os._exit(0)
os.wait()
`,
    stdout: '1 True\n',
  },
  {
    title: 'runs asyncio, with processes',
    script: `import asyncio
async def main():
    child = await asyncio.create_subprocess_exec("true")
    print(await child.wait())
asyncio.run(main())
`,
    stdout: '0\n',
  },
  {
    title: 'imports from its own folder',
    script: 'import beside\nprint(beside.VALUE)\n',
    stdout: 'from beside\n',
  },
  {
    title: 'pickles what it defines',
    script: `import pickle
class Thing:
    pass
print(type(pickle.loads(pickle.dumps(Thing()))) is Thing, Thing.__module__)
`,
    stdout: 'True __main__\n',
  },
  {
    title: 'obeys PYTHONUNBUFFERED and PYTHONIOENCODING',
    script: 'import os, sys\nprint("é", sys.stdout.encoding)\nos._exit(0)\n',
    options: { env: { PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-16-le' } },
    stdout: Buffer.from('é utf-16-le\n', 'utf16le').toString(),
  },
  {
    title: 'names another encoding in its first line',
    script: '# -*- coding: ascii -*-\nprint(ascii("\\xe9"))\n',
    stdout: "'\\xe9'\n",
  },
]
