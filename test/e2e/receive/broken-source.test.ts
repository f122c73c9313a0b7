import { afterAll, beforeAll, expect, it } from 'vitest'
import { makeFolder, type Service, startService } from '../service.ts'

const PARSES = {
  nothing: '() => {}',
  object: '() => ({ type: "ring" })',
  nulls: '() => [null]',
  later: 'async () => "ring"',
  throws: '() => { throw new Error("a fault of the plugin") }',
}
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { defineSource, z } from 'hookline/sdk/source'
const make = (name, parse) => defineSource({
  name, summary: 'Rings.', options: z.object({}), events: {},
  create: () => ({ verify: () => ({ ok: true }), parse }),
})()
export default defineConfig({
  sources: {
    ${Object.entries(PARSES)
      .map(([name, parse]) => `${name}: make('${name}-plugin', ${parse}),`)
      .join('\n')}
  },
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

it.each(Object.keys(PARSES))('blames the plugin, not the sender: %s', async (name) => {
  const answer = await fetch(`${service.url}/api/webhooks/${name}`, { method: 'POST', body: '{}' })
  expect(answer.status).toBe(500)
  expect(await answer.json()).toMatchObject({
    code: 'source_broken',
    detail: expect.stringContaining(`\`${name}-plugin\``),
  })
  const { deliveries } = await service.get<{ deliveries: { source: string; reason: string }[] }>(
    `/api/deliveries?source=${name}`,
  )
  expect(deliveries).toMatchObject([
    { outcome: 'refused', reason: expect.stringMatching(`source_broken: The plugin.*${name}`) },
  ])
})
