import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'
import { SecretSearch } from './secret-search.ts'

const OPEN = { encryptPayloads: 'false', redact: '[]' }
const CLOSED = { encryptPayloads: 'true', redact: "['ssn-[0-9]+']" }

function config({ encryptPayloads, redact }: typeof OPEN): string {
  return `
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { hook: custom({ bearer: 'the-token-of-the-sender' }) },
  programs: { say: subprocess({ command: ['cat'] }) },
  rules: [{ on: 'hook', run: 'say' }],
  encryptPayloads: ${encryptPayloads}, redact: ${redact}, dataDir: './data',
})`
}

const { folder, remove } = makeFolder(config(OPEN))
afterAll(remove)

async function run(service: Service, said: string): Promise<string> {
  const answer = await fetch(`${service.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: {
      authorization: 'Bearer the-token-of-the-sender',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ said }),
  })
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  const path = `/api/tasks/${tasks[0]?.id}`
  await until(
    () => service.get<{ state: string }>(path),
    ({ state }) => state === 'succeeded',
  )
  return JSON.stringify(await service.get(`${path}/log`))
}

async function change(service: Service, to: typeof OPEN): Promise<void> {
  const before = service.lines.length
  writeFileSync(join(folder, 'webhook.config.ts'), config(to))
  await until(
    async () => service.lines.slice(before).join('\n'),
    (lines) => lines.includes('the config was loaded'),
  )
}

describe('a change of what is encrypted and redacted', { timeout: 60_000 }, () => {
  it('holds for all that comes from then on, and what was there stays readable', async () => {
    const service = await startService({ folder })
    expect(await run(service, 'plain ssn-1111')).toContain('plain ssn-1111')
    await change(service, CLOSED)
    expect(await run(service, 'sealed ssn-2222')).toContain('sealed [redacted]')
    await change(service, OPEN)
    expect(await run(service, 'again ssn-3333')).toContain('again ssn-3333')
    const { deliveries } = await service.get<{ deliveries: { id: string }[] }>('/api/deliveries')
    const bodies = await Promise.all(
      deliveries.map(({ id }) => service.get<object>(`/api/deliveries/${id}`)),
    )
    for (const said of ['plain ssn-1111', 'sealed ssn-2222', 'again ssn-3333']) {
      expect(JSON.stringify(bodies)).toContain(said)
    }
    await service.kill()
    const search = new SecretSearch({ first: 'ssn-1111', second: 'ssn-2222', third: 'ssn-3333' })
    const found = search.inFolder(join(folder, 'data'), (path) => path === 'key')
    expect(new Set(found.map(({ what }) => what))).toEqual(new Set(['first', 'third']))
    expect(readFileSync(join(folder, 'data/key'), 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
  })
})
