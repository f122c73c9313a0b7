import { createHmac, timingSafeEqual } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

// What anyone would write by hand: check the signature, parse, answer. Nothing is kept.
const secret = process.env['BENCH_SECRET'] ?? ''
const app = new Hono()

app.post('/api/webhooks/:source', async (context) => {
  const body = Buffer.from(await context.req.arrayBuffer())
  const given = Buffer.from(context.req.header('x-hub-signature-256') ?? '')
  const expected = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return context.json({ error: 'refused' }, 401)
  }
  const payload = JSON.parse(body.toString('utf8')) as { ref?: string }
  return context.json({ accepted: true, ref: payload.ref ?? null }, 202)
})

const port = Number(process.env['PORT'] ?? 0)
serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) => {
  process.send?.({ port: address.port })
})
process.on('message', () =>
  process.send?.({ rssBytes: process.memoryUsage().rss, cpu: process.cpuUsage() }),
)
