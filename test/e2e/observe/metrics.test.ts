import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseMetrics } from '../../core/api/metrics/read-metrics.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const SECRET = 'the secret of the metrics tests'
const config = (metrics: string) => `
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'
export default defineConfig({
  sources: { github: github({ secret: ${JSON.stringify(SECRET)} }) },
  programs: {
    say: subprocess({ command: ['/bin/true'] }),
    fail: subprocess({ command: ['/bin/false'], retry: { attempts: 2, backoffSeconds: 0.01 } }),
  },
  rules: [
    { on: 'github.push', run: ['say', 'fail'] },
  ],
  ${metrics}
})`

let made: ReturnType<typeof makeFolder>
let service: Service

async function start(metrics: string): Promise<void> {
  made = makeFolder(config(metrics))
  service = await startService({ folder: made.folder })
}

async function stop(): Promise<void> {
  await service.stop()
  made.remove()
}

function scrape(token: string | null = ADMIN_TOKEN): Promise<Response> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  return fetch(`${service.url}/metrics`, { headers })
}

async function scrapedMetrics(): Promise<ReadonlyMap<string, number>> {
  return parseMetrics(await (await scrape()).text())
}

async function push(path: string, secret = SECRET, headers: Record<string, string> = {}) {
  const body = JSON.stringify({ ref: 'refs/heads/main', repository: {}, commits: [] })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const answer = await fetch(`${service.url}/api/webhooks/${path}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${signature}`,
      ...headers,
    },
  })
  await answer.text()
  return answer.status
}

describe('/metrics', () => {
  beforeAll(() => start(''))
  afterAll(stop)

  it('counts deliveries, attempts and ends of a real node', async () => {
    expect(await push('github', SECRET, { 'x-github-delivery': 'one' })).toBe(202)
    expect(await push('github', SECRET, { 'x-github-delivery': 'one' })).toBe(200)
    expect(await push('github', 'another secret')).toBe(401)
    expect(await push('github', SECRET, { 'content-encoding': 'gzip' })).toBe(415)
    expect(await push('made-up')).toBe(404)
    const found = await until(scrapedMetrics, (now) =>
      now.has('hookline_tasks_settled_total{program="fail",state="dead"}'),
    )
    const deliveries = (source: string, outcome: string, reason: string) =>
      found.get(
        `hookline_deliveries_total{source="${source}",outcome="${outcome}",reason="${reason}"}`,
      )
    expect(deliveries('github', 'accepted', '')).toBe(1)
    expect(deliveries('github', 'duplicate', '')).toBe(1)
    expect(deliveries('github', 'refused', 'delivery_refused')).toBe(1)
    expect(deliveries('github', 'refused', 'content_type_unsupported')).toBe(1)
    expect(deliveries('unknown', 'refused', 'source_unknown')).toBe(1)
    expect(found.get('hookline_accept_seconds_count{source="github"}')).toBe(2)
    expect(found.get('hookline_attempts_total{program="fail",status="failed"}')).toBe(2)
    expect(found.get('hookline_store_up')).toBe(1)
    expect(found.get('hookline_queue_waiting{program="say"}')).toBe(0)
    expect(found.get('process_cpu_seconds_total')).toBeGreaterThan(0)
    const body = await (await scrape()).text()
    expect(body).not.toContain('made-up')
    expect(body).not.toContain(SECRET)
  })

  it('takes a token, and is read only', async () => {
    expect((await scrape(null)).status).toBe(401)
    expect((await scrape('a guess that is long enough')).status).toBe(401)
    const answer = await scrape()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const posted = await fetch(`${service.url}/metrics`, { method: 'POST', headers })
    expect(posted.status).toBe(405)
  })
})

describe('/metrics by the settings', () => {
  it('is open where it is public', async () => {
    await start('metrics: { public: true },')
    try {
      const answer = await scrape(null)
      expect(answer.status).toBe(200)
      expect(parseMetrics(await answer.text()).size).toBeGreaterThan(20)
    } finally {
      await stop()
    }
  })

  it('is not there where it is off', async () => {
    await start('metrics: { enabled: false },')
    try {
      expect((await scrape()).status).toBe(404)
      expect(await push('github')).toBe(202)
    } finally {
      await stop()
    }
  })
})
