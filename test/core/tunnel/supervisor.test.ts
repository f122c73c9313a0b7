import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunningTunnel } from '../../../core/contracts/config.ts'
import type { OpenTunnel, TunnelInstance } from '../../../core/contracts/tunnel.ts'
import { HooklineError } from '../../../core/errors/errors.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { defineTunnel, z } from '../../../core/sdk/tunnel.ts'
import { type TunnelStatus, TunnelSupervisor } from '../../../core/tunnel/supervisor.ts'
import { until } from '../../e2e/service.ts'

const SECRET = 'the token of the tunnel'

/** A tunnel whose ends the test decides. */
class Ends {
  readonly opened: number[] = []
  closed = 0
  #end: (reason: string) => void = () => {}

  open = async (port: number): Promise<OpenTunnel> => {
    this.opened.push(port)
    const { promise: ended, resolve } = Promise.withResolvers<string>()
    this.#end = resolve
    const url = `https://tunnel-${this.opened.length}.example.com/`
    return {
      url,
      ended,
      close: async () => {
        this.closed++
        resolve('closed')
      },
    }
  }

  end(reason: string): void {
    this.#end(reason)
  }
}

function supervise(instance: TunnelInstance, more: Partial<RunningTunnel> = {}) {
  const { definition } = defineTunnel({
    ...{ name: 'own', summary: 'Of the test.', options: z.object({}) },
    create: () => instance,
  })
  const redactor = new Redactor()
  redactor.add([SECRET])
  const states: TunnelStatus[] = []
  const tunnel: RunningTunnel = {
    ...{ origin: { layer: 'config', file: null }, definition, instance },
    ...{ port: null, external: false, paths: [], ...more },
  }
  const listeners = { open: 0 }
  const supervisor = new TunnelSupervisor({
    ...{ tunnel, redactor, logger: SILENT_LOGGER, clock: Date.now, firstPauseMs: 1 },
    listen: async () => {
      const server = createServer()
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(tunnel.port ?? 0, '127.0.0.1', resolve)
      })
      listeners.open++
      const { port } = server.address() as { port: number }
      return {
        port,
        close: async () => {
          listeners.open--
          await new Promise((resolve) => server.close(resolve))
        },
      }
    },
    onChange: (next) => states.push(next),
  })
  onTestFinished(() => supervisor.close())
  supervisor.start()
  const reach = (isDone: (status: TunnelStatus) => boolean) =>
    until(async () => supervisor.status, isDone)
  return { supervisor, states, listeners, reach }
}

describe('the supervisor of a tunnel', () => {
  it('opens it again whenever it has ended, on the same port', async () => {
    const ends = new Ends()
    const { supervisor, states, listeners, reach } = supervise({
      open: ({ port }) => ends.open(port),
    })
    expect((await reach(({ state }) => state === 'up')).url).toBe('https://tunnel-1.example.com')
    ends.end(`it went away with ${SECRET}`)
    const again = await reach(({ restarts }) => restarts === 1)
    expect(again).toMatchObject({ state: 'up', url: 'https://tunnel-2.example.com', fault: null })
    const down = states.find(({ state }) => state === 'down')
    expect(down).toMatchObject({
      url: 'https://tunnel-1.example.com',
      fault: { code: 'tunnel_failed', message: expect.stringContaining('it went away with') },
    })
    expect(JSON.stringify(states)).not.toContain(SECRET)
    expect(new Set(ends.opened).size).toBe(1)
    await supervisor.close()
    expect(ends.closed).toBe(2)
    expect(listeners.open).toBe(0)
  })

  it('tells why it cannot be opened, and what to do, and goes on trying', async () => {
    const ends = new Ends()
    let tries = 0
    const { states, reach } = supervise({
      open: async ({ port }) => {
        tries++
        if (tries === 1)
          throw new HooklineError('tunnel_tool_missing', 'there is no tool', { remedy: 'Get it.' })
        if (tries === 2) throw new Error('it broke')
        return ends.open(port)
      },
    })
    expect(await reach(({ state }) => state === 'up')).toMatchObject({ restarts: 0, fault: null })
    const faults = states.filter(({ state }) => state === 'down').map(({ fault }) => fault)
    expect(faults).toMatchObject([
      { code: 'tunnel_tool_missing', message: 'there is no tool', remedy: 'Get it.' },
      { code: 'tunnel_failed', message: 'it broke' },
    ])
  })

  it('ends one that is still being opened, also where the plugin does not listen', async () => {
    const begun = Promise.withResolvers<void>()
    const late = Promise.withResolvers<OpenTunnel>()
    const ends = new Ends()
    const { supervisor, listeners } = supervise({
      open: () => {
        begun.resolve()
        return late.promise
      },
    })
    await begun.promise
    const closing = supervisor.close()
    late.resolve(await ends.open(0))
    await closing
    expect(ends.closed).toBe(1)
    expect(listeners.open).toBe(0)
    expect(supervisor.status.state).toBe('starting')
  })

  it('only listens where another process runs the tunnel', async () => {
    const url = 'https://hooks.example.com/'
    const open = () => Promise.reject(new Error('must not be opened'))
    const { reach, listeners } = supervise({ url, open }, { external: true })
    const status = await reach(({ state }) => state === 'external')
    expect(status).toMatchObject({ url: 'https://hooks.example.com', fault: null })
    expect(listeners.open).toBe(1)
  })

  it('waits for a port that is in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const ends = new Ends()
    const { reach } = supervise({ open: (target) => ends.open(target.port) }, { port })
    const { fault } = await reach(({ state }) => state === 'down')
    expect(fault?.message).toContain('EADDRINUSE')
    other.close()
    await reach(({ state }) => state === 'up')
    expect(ends.opened).toEqual([port])
  })

  it('does not take what is no address', async () => {
    const ends = new Ends()
    const open = async () => ({ ...(await ends.open(0)), url: 'javascript:alert(1)' })
    const { reach } = supervise({ open })
    const { fault, url } = await reach(({ state }) => state === 'down')
    expect({ code: fault?.code, url }).toEqual({ code: 'tunnel_failed', url: null })
    await until(
      async () => ends.closed,
      (closed) => closed > 0,
    )
  })
})
