import { describe, expect, it } from 'vitest'
import { isGroupAlive } from '../../../core/sdk/processes/group.ts'
import { tailscale } from '../../../plugins/tunnels/tailscale/index.ts'
import { bench, NEVER, opened, StandIn } from './setup.ts'

const { definition } = tailscale
const TARGET = { port: 4321, url: 'http://127.0.0.1:4321' }

function set(behaviour: object = {}) {
  const { folder, context } = bench()
  const tool = new StandIn(folder, 'tailscale.ts', behaviour)
  const make = (options: object = {}) =>
    definition.create(definition.options.parse({ command: tool.command, ...options }), context)
  return { tool, make }
}

describe('a Funnel of Tailscale', () => {
  it.each([
    [443, 'https://machine.tail1234.ts.net'],
    [8443, 'https://machine.tail1234.ts.net:8443'],
  ])('is open at port %i of the machine', async (https, url) => {
    const { tool, make } = set()
    const tunnel = await opened(make({ https }), TARGET)
    expect(tunnel.url).toBe(url)
    expect(tool.call().words).toEqual(['funnel', '--yes', `--https=${https}`, TARGET.url])
    await tunnel.close()
    expect(isGroupAlive(tool.call().pid)).toBe(false)
  })

  it('says where to enable Funnel, and does not wait', async () => {
    const { tool, make } = set({ disabled: true })
    await expect(make().open(TARGET, NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      remedy: 'Enable it at https://login.tailscale.com/f/funnel?node=n1',
    })
    expect(isGroupAlive(tool.call().pid)).toBe(false)
  })

  it('says what tailscale says', async () => {
    const { make } = set({ fail: 'failed to connect to local tailscaled; is it running?' })
    await expect(make().open(TARGET, NEVER)).rejects.toThrow(
      /failed to connect to local tailscaled/,
    )
  })
})
