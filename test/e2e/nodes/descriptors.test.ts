import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'

const SENDERS = 100
const DESCRIPTORS = 64

// More programs at once than there are descriptors for.
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { custom: custom({ unverified: true, id: { header: 'x-id' } }) },
  programs: { slow: subprocess({ command: ['/bin/sleep', '0.5'], retry: { attempts: 1 } }) },
  rules: [{ on: 'custom', run: 'slow' }],
  dataDir: './data',
  node: { concurrency: 60 },
})`)
afterAll(remove)

interface Tasks {
  readonly tasks: readonly { readonly state: string; readonly reason: string | null }[]
}

/** As senders do: again, until it is accepted. */
async function send(service: Service, number: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(`${service.url}/api/webhooks/custom`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', 'x-id': String(number) },
    }).catch(() => null)
    await answer?.arrayBuffer().catch(() => null)
    if (answer?.ok) return
    await sleep(100)
  }
  throw new Error('never accepted')
}

describe.runIf(process.platform === 'linux')('a node that runs out of descriptors', () => {
  it('goes on, and runs every accepted task later', { timeout: 180_000 }, async () => {
    const service = await startService({ folder, descriptors: DESCRIPTORS })
    await Promise.all(Array.from({ length: SENDERS }, (_, number) => send(service, number)))
    const counts = await until(
      async () => {
        // A call may find no connection free.
        const page = await service.get<Tasks>('/api/tasks?limit=200').catch(() => null)
        const states = page?.tasks.map(({ state }) => state) ?? []
        return Map.groupBy(states, (state) => state)
      },
      (states) =>
        (states.get('succeeded')?.length ?? 0) + (states.get('dead')?.length ?? 0) >= SENDERS,
      150,
    )
    expect([...counts.keys()]).toEqual(['succeeded'])
    const shortages = service.lines.filter((line) => line.includes('no room to start a program'))
    expect(shortages.length).toBeGreaterThan(0)
    expect(shortages[0]).toMatch(/"reason":".*cannot be started now: E/)
    expect(await service.stop()).toBe(0)
  })
})
