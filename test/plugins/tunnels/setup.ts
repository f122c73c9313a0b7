import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { PluginContext } from '../../../core/contracts/plugin.ts'
import type { OpenTunnel, TunnelInstance, TunnelTarget } from '../../../core/contracts/tunnel.ts'

/** Never aborted. */
export const NEVER: AbortSignal = new AbortController().signal

export interface Bench {
  readonly folder: string
  readonly context: PluginContext
  /** Every line that was logged. */
  readonly lines: string[]
}

/** A folder and a context of its own, which end with the test. */
export function bench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-tunnel-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const lines: string[] = []
  const note = (_fields: object, message: string) => void lines.push(message)
  const logger = { debug: note, info: note, warn: note, error: note }
  const dataDir = join(folder, 'data')
  return {
    folder,
    lines,
    context: { name: 'tunnel', baseDir: folder, dataDir, logger, clock: Date.now },
  }
}

/** A local server that answers each request with what it got. */
export async function target(): Promise<TunnelTarget> {
  const server = createServer(({ url, headers }, response) =>
    response.end(JSON.stringify({ url, headers })),
  ).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}` }
}

/** Opens a tunnel that ends with the test. */
export async function opened(instance: TunnelInstance, to: TunnelTarget): Promise<OpenTunnel> {
  const tunnel = await instance.open(to, NEVER)
  onTestFinished(() => tunnel.close())
  return tunnel
}

/** An executable in a folder of its own that stands in for a tool, and what it was called with. */
export class StandIn {
  readonly command: string
  readonly #folder: string

  /** `file` is one of test/fixtures/tunnels. */
  constructor(folder: string, file: string, behaviour: object = {}) {
    this.#folder = join(folder, 'stand-in')
    this.command = join(this.#folder, 'tool')
    const script = join(import.meta.dirname, '../../fixtures/tunnels', file)
    mkdirSync(this.#folder)
    const lines = [
      '#!/bin/sh',
      `STAND_IN='${this.#folder}' exec '${process.execPath}' '${script}' "$@"`,
    ]
    writeFileSync(this.command, `${lines.join('\n')}\n`, { mode: 0o755 })
    this.behave(behaviour)
  }

  behave(behaviour: object): void {
    writeFileSync(join(this.#folder, 'behaviour.json'), JSON.stringify(behaviour))
  }

  /** Its starts so far. */
  calls(): readonly StandInCall[] {
    const file = join(this.#folder, 'calls.jsonl')
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line) as StandInCall)
  }

  /** Its newest start. */
  call(): StandInCall {
    const call = this.calls().at(-1)
    if (call === undefined) throw new Error('it was not started')
    return call
  }
}

/** Calls a URL at the port where a stand-in takes requests. */
export function reachAt(port: () => number): typeof fetch {
  return (input, init) => {
    const { pathname, search } = new URL(String(input))
    return fetch(`http://127.0.0.1:${port()}${pathname}${search}`, init)
  }
}

export interface StandInCall {
  readonly pid: number
  readonly words: readonly string[]
  readonly token: string | null
  readonly config: { readonly ingress?: readonly object[] }
  /** Port where it takes requests in place of the provider. */
  readonly edge: number
}

/** Status and body of a GET with a Host header of its own. */
export async function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number | undefined; body: string }> {
  const asked = request({ host: '127.0.0.1', port, path, headers })
  asked.end()
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve)
    asked.once('error', reject)
  })
  return { status: answer.statusCode, body: await text(answer) }
}
