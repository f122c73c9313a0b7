import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What a server process has used so far. */
export interface Usage {
  readonly rssMiB: number
  /** Processor time of all its threads. */
  readonly cpuSeconds: number
  /** Processor time of its children and theirs. */
  readonly childSeconds: number
  /** How late its event loop was since the last report: 99 of 100 turns were faster. 0 where it does not measure. */
  readonly lagP99Ms: number
  /** Open descriptors: files, connections, pipes. 0 where it does not count. */
  readonly descriptors: number
}

/** A server under test in a process of its own. */
export interface ServerProcess {
  readonly pid: number
  readonly url: string
  readonly token: string
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** Starts a server file of this folder and waits until it listens. */
export async function startServer(
  file: string,
  env: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const child = fork(join(import.meta.dirname, file), { env: { ...process.env, ...env } })
  const started = await nextMessage<{ port: number; token?: string }>(child)
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${started.port}`,
    token: started.token ?? '',
    usage: async () => {
      child.send('report')
      const { rssBytes, cpu, ...rest } = await nextMessage<Report>(child)
      const used = { rssMiB: rssBytes / 2 ** 20, cpuSeconds: (cpu.user + cpu.system) / 1e6 }
      return { childSeconds: 0, lagP99Ms: 0, descriptors: 0, ...rest, ...used }
    },
    stop: async () => {
      const exit = once(child, 'exit')
      child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await exit
      clearTimeout(timer)
    },
  }
}

interface Report {
  readonly rssBytes: number
  readonly cpu: NodeJS.CpuUsage
  readonly childSeconds?: number
  readonly lagP99Ms?: number
  readonly descriptors?: number
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const over = new AbortController()
  const { signal } = over
  const exited = once(child, 'exit', { signal }).then(([code]) => {
    throw new Error(`the server ended with code ${code}`)
  })
  exited.catch(() => {})
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), exited])
    return message as Message
  } finally {
    over.abort()
  }
}
