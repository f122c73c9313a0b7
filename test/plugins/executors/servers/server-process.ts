import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_MS = 60_000
const FREEZE_MS = 20_000
const KEPT_CHARACTERS = 1_000_000

/** How a server is started. */
export interface ServerCommand {
  readonly command: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd: string
  /** Output that says that it takes connections. */
  readonly ready: RegExp
}

/** What a server has printed. */
export interface ServerOutput {
  readonly stdout: string
  readonly stderr: string
}

/** A server of a test, as a process of its own. */
export interface ServerProcess {
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>
  /** Stops it in the middle of everything. Resolves when all of it stands still. */
  freeze(): Promise<void>
  /** Lets it go on. Does nothing if it was not stopped. */
  thaw(): void
  /** Starts it again after `kill`, at the same port and with the same data. */
  start(): Promise<void>
  /** What it has printed since its last start: the end of it, if that is long. */
  output(): ServerOutput
}

/** Starts a server and waits until it is ready. */
export async function startServer(given: ServerCommand): Promise<ServerProcess> {
  let child = await launch(given)
  return {
    kill: () => end(child.process),
    freeze: () => freeze(child.process),
    thaw: () => void child.process.kill('SIGCONT'),
    start: async () => {
      child = await launch(given)
    },
    output: () => child.output(),
  }
}

/** A temporary folder of its own. */
export function serverFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `hookline-${name}-`))
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Ports of this machine that nobody listens at. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

async function launch({ command, args = [], env, cwd, ready }: ServerCommand) {
  const child = spawn(command, args, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (why: string) =>
    reject(
      new Error(`${command} ${why}:\n${output.stdout.slice(-2000)}\n${output.stderr.slice(-2000)}`),
    )
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(-KEPT_CHARACTERS)
      if (ready.test(output[name])) resolve()
    })
  }
  child.once('error', reject)
  child.once('exit', (code) => fail(`ended with ${code}`))
  const timer = setTimeout(() => fail('was not ready in time'), START_MS)
  try {
    await promise
    return { process: child, output: () => output }
  } catch (error) {
    await end(child)
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** The signal takes a moment to reach every thread, and the server could answer in that moment. */
async function freeze({ pid }: ChildProcess): Promise<void> {
  if (pid === undefined) throw new Error('the server is not running')
  process.kill(pid, 'SIGSTOP')
  for (const begun = performance.now(); ; await sleep(5)) {
    const threads = await readdir(`/proc/${pid}/task`)
    const stats = threads.map((id) =>
      readFile(`/proc/${pid}/task/${id}/stat`, 'utf8').catch(() => ''),
    )
    // The state follows the name, which is in parentheses: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    if ((await Promise.all(stats)).every((stat) => /\) T |^$/.test(stat))) return
    if (performance.now() - begun > FREEZE_MS) throw new Error('the server did not stop')
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
