import { strict as assert } from 'node:assert'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { OpenTunnel, TunnelInstance, TunnelTarget } from '../contracts/tunnel.ts'
import type { TestRunner } from './executor.ts'
import { until, withinSeconds } from './executor-cases/case.ts'

/** A tunnel for one test. */
export interface TunnelUnderTest {
  readonly tunnel: TunnelInstance
  /** Calls a URL as the internet would. Default: `fetch`. */
  readonly reach?: typeof fetch
  /** Ends the open tunnel as a crash does. Default: kills its `pid`. */
  readonly kill?: (open: OpenTunnel) => void | Promise<void>
  /** Whether any part of it runs, also of one that is being opened. Default: looks for the `pid` of those that were open. */
  readonly isRunning?: () => boolean | Promise<boolean>
  /** Removes what was made for the test. */
  readonly dispose?: () => void | Promise<void>
}

export interface TunnelAdapter {
  readonly name: string
  readonly create: () => TunnelUnderTest | Promise<TunnelUnderTest>
  /** Limit for opening, in seconds. Default: 15. */
  readonly openSeconds?: number
}

/** More than any tool needs to end: it has 5 seconds before it is killed. */
const CLOSE_SECONDS = 10
const BODY = 'bytes: \u0000\u00e9\u{1f514}'

/** Tests any tunnel against the tunnel contract. Each test bounds itself; give the runner 60 seconds. */
export function testTunnel({ describe, it }: TestRunner, adapter: TunnelAdapter): void {
  describe(adapter.name, () => {
    for (const [title, check] of Object.entries(CASES)) {
      it(title, async () => {
        const bench = await Bench.make(adapter)
        try {
          await check(bench)
        } finally {
          await bench.dispose()
        }
      })
    }
  })
}

const CASES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'lets requests through as they are': async (bench) => {
    const open = await bench.open()
    assert.match(open.url, /^https?:\/\/[^/].*[^/]$/, 'its URL is an address without a final slash')
    const { url, clientHeader } = bench.tunnel
    if (url !== undefined) assert.equal(open.url, url, 'its URL is the one that it said before')
    const answer = await bench.reach(`${open.url}/api/webhooks/any?a=1&b=%20`, {
      method: 'POST',
      body: BODY,
      headers: { 'content-type': 'text/plain', 'x-of-the-test': 'kept' },
    })
    assert.equal(answer.status, 202)
    const got = (await answer.json()) as GotRequest
    assert.equal(got.method, 'POST')
    assert.equal(got.path, '/api/webhooks/any?a=1&b=%20')
    assert.equal(got.body, BODY)
    assert.equal(got.headers['x-of-the-test'], 'kept')
    if (clientHeader !== undefined) assert.ok(got.headers[clientHeader], `it sets ${clientHeader}`)
  },
  'leaves nothing behind when it is closed': async (bench) => {
    const open = await bench.open()
    await withinSeconds(CLOSE_SECONDS, open.close())
    assert.equal(await bench.isRunning(), false, 'nothing of it runs once `close` has resolved')
    assert.equal(typeof (await withinSeconds(1, open.ended)), 'string')
    await withinSeconds(CLOSE_SECONDS, open.close())
  },
  'tells that it was killed': async (bench) => {
    const open = await bench.open()
    await bench.kill(open)
    const reason = await withinSeconds(CLOSE_SECONDS, open.ended)
    assert.notEqual(reason.trim(), '', 'it says why it ended')
    await withinSeconds(CLOSE_SECONDS, open.close())
    await until('nothing of it runs', async () => !(await bench.isRunning()))
  },
  'is opened again after it was closed, and after it was killed': async (bench) => {
    const first = await bench.open()
    await first.close()
    const second = await bench.open()
    await bench.expectThrough(second)
    await bench.kill(second)
    await second.ended
    await second.close()
    await bench.expectThrough(await bench.open())
  },
  'ends all when it is stopped while it is opened': async (bench) => {
    const stop = new AbortController()
    const opening = bench.tunnel.open(bench.target, stop.signal)
    setImmediate(() => stop.abort())
    const open = await withinSeconds(
      CLOSE_SECONDS,
      opening.catch(() => null),
    )
    // It may have been faster. Whoever stopped it closes it then.
    await open?.close()
    assert.equal(await bench.isRunning(), false, 'nothing of it runs once `open` has settled')
    await bench.expectThrough(await bench.open())
  },
  'opens nothing once it was stopped': async (bench) => {
    const opening = bench.tunnel.open(bench.target, AbortSignal.abort())
    await assert.rejects(withinSeconds(CLOSE_SECONDS, opening))
    assert.equal(await bench.isRunning(), false)
  },
}

interface GotRequest {
  readonly method: string
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** A tunnel and a server to which it leads, which answers what it got. */
class Bench {
  readonly target: TunnelTarget
  readonly #tested: TunnelUnderTest
  readonly #openSeconds: number
  readonly #opened: OpenTunnel[] = []
  readonly #stop: () => void

  private constructor(
    tested: TunnelUnderTest,
    { openSeconds = 15 }: TunnelAdapter,
    server: { readonly port: number; readonly stop: () => void },
  ) {
    this.#tested = tested
    this.#openSeconds = openSeconds
    this.#stop = server.stop
    this.target = { port: server.port, url: `http://127.0.0.1:${server.port}` }
  }

  static async make(adapter: TunnelAdapter): Promise<Bench> {
    const server = createServer(async (incoming, outgoing) => {
      const { method, url: path, headers } = incoming
      const body = await text(incoming)
      outgoing.writeHead(202, { 'content-type': 'application/json' })
      outgoing.end(JSON.stringify({ method, path, body, headers }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const stop = () => {
      server.close()
      server.closeAllConnections()
    }
    return new Bench(await adapter.create(), adapter, { port, stop })
  }

  get tunnel(): TunnelInstance {
    return this.#tested.tunnel
  }

  async open(): Promise<OpenTunnel> {
    const opening = this.tunnel.open(this.target, new AbortController().signal)
    const open = await withinSeconds(this.#openSeconds, opening)
    this.#opened.push(open)
    return open
  }

  reach(url: string, init: RequestInit = {}): Promise<Response> {
    return withinSeconds(CLOSE_SECONDS, (this.#tested.reach ?? fetch)(url, init))
  }

  async expectThrough({ url }: OpenTunnel): Promise<void> {
    const answer = await this.reach(`${url}/healthz`)
    assert.equal(answer.status, 202, 'requests come through')
    await answer.body?.cancel()
  }

  async kill(open: OpenTunnel): Promise<void> {
    const { kill = killProcess } = this.#tested
    await kill(open)
  }

  async isRunning(): Promise<boolean> {
    const { isRunning } = this.#tested
    return isRunning === undefined
      ? this.#opened.some(({ pid }) => pid !== undefined && isAlive(pid))
      : isRunning()
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#opened.map((open) => open.close()))
    this.#stop()
    await this.#tested.dispose?.()
  }
}

function killProcess({ pid }: OpenTunnel): void {
  assert.ok(pid !== undefined, 'a tunnel without a `pid` needs `kill` in its adapter')
  process.kill(pid, 'SIGKILL')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
