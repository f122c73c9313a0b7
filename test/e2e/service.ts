import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const BIN = join(import.meta.dirname, '../../core/cli/bin.ts')
const START_SECONDS = 60

export const ADMIN_TOKEN = 'admin-token-of-the-tests'

/** `python3`, past version managers' wrappers where the system has one of its own. */
export const PYTHON = ['/usr/bin/python3', 'python3'].find(exists) ?? 'python3'

/** A real `hookline start` in a process of its own. */
export interface Service {
  readonly url: string
  readonly child: ChildProcess
  /** Every line it has logged. */
  readonly lines: readonly string[]
  /** Calls the admin API and returns the JSON. */
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string): Promise<Body>
  stop(): Promise<number | null>
  kill(): Promise<void>
}

export interface ServiceOptions {
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** The command's file. Default: the one of this tree. */
  readonly bin?: string
  /** More words of the command line. */
  readonly args?: readonly string[]
  /** Limit of open files. Default: that of the tests. */
  readonly descriptors?: number
}

/** A folder of the test's own, with a config, removed by `remove`. */
export function makeFolder(config: string): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-e2e-'))
  writeFileSync(join(folder, 'webhook.config.ts'), config)
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Starts the service of a folder's config on a free port and waits until it listens. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { folder, env = {}, bin = BIN, args = [], descriptors } = options
  const words = [bin, 'start', '--port', '0', '--host', '127.0.0.1', ...args]
  const limited = ['-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh', process.execPath, ...words]
  const [program, given] =
    descriptors === undefined ? [process.execPath, words] : ['/bin/sh', limited]
  const child = spawn(program, given, {
    cwd: folder,
    env: { ...process.env, HOOKLINE_ADMIN_TOKEN: ADMIN_TOKEN, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line))
  const url = await listeningUrl(child, lines)
  const call = async (path: string, method: string) => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const answer = await fetch(`${url}${path}`, { method, headers })
    return answer.json()
  }
  return {
    ...{ url, child, lines },
    get: <Body>(path: string) => call(path, 'GET') as Promise<Body>,
    post: <Body>(path: string) => call(path, 'POST') as Promise<Body>,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const [code] = await exited
      return code as number | null
    },
    kill: async () => {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** Asks again until the answer satisfies, at most `seconds`. */
export async function until<Answer>(
  ask: () => Promise<Answer>,
  isDone: (answer: Answer) => boolean,
  seconds = 20,
): Promise<Answer> {
  const deadline = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    if (isDone(answer)) return answer
    if (Date.now() > deadline)
      throw new Error(`not within ${seconds} s: ${JSON.stringify(answer).slice(0, 500)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function listeningUrl(child: ChildProcess, lines: string[]): Promise<string> {
  if (child.stdout === null) throw new Error('no output to read')
  const found = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      lines.push(line)
      const url = /"url":"(http:\/\/[^"]+)"/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), START_SECONDS * 1000)
  const ended = once(child, 'exit').then(() => {
    throw new Error(`the service did not start:\n${lines.join('\n')}`)
  })
  try {
    return await Promise.race([found, ended])
  } finally {
    clearTimeout(timer)
  }
}

function exists(path: string): boolean {
  try {
    return readFileSync(path).length > 0
  } catch {
    return false
  }
}
