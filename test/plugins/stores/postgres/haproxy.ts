import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toolPath } from '../../../requirements.ts'
import { freePort } from './server.ts'

const FILE = join(import.meta.dirname, '../../../../docs/deploy/haproxy.cfg')

/** A real HAProxy before two servers. */
export interface HaProxy {
  readonly port: number
  /** What it says of its servers, in their order: UP, or DOWN. */
  states(): Promise<readonly string[]>
  dispose(): Promise<void>
}

/** Starts it with the file that the documents have, for servers at other places. */
export async function startHaProxy(serverPorts: readonly number[]): Promise<HaProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'hookline-haproxy-'))
  const [port, statsPort] = [await freePort(), await freePort()]
  const shown = await readFile(FILE, 'utf8')
  const config = shown
    .replace('bind :5432', `bind 127.0.0.1:${port}`)
    .replaceAll(/10\.0\.0\.(\d+):5432/g, (_, place) => `127.0.0.1:${serverPorts[place - 11]}`)
  const stats = `\nlisten stats\n  mode http\n  bind 127.0.0.1:${statsPort}\n  stats enable\n  stats uri /\n`
  const file = join(folder, 'haproxy.cfg')
  await writeFile(file, config + stats)
  const child = spawn(toolPath('haproxy') ?? '', ['-db', '-f', file], { stdio: 'ignore' })
  return {
    port,
    async states() {
      const answer = await fetch(`http://127.0.0.1:${statsPort}/;csv`)
      const [head = '', ...rows] = (await answer.text()).split('\n').map((row) => row.split(','))
      const place = head.indexOf('status')
      return rows
        .filter(([proxy, name = '']) => proxy === 'postgres' && !/END$/.test(name))
        .map((row) => row[place]?.split(' ')[0] ?? '')
    },
    async dispose() {
      await end(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
