import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Context } from 'hono'
import { describe, expect, it, onTestFinished } from 'vitest'
import { BodyBudget, readBody, readRequest } from '../../../../core/api/http/read-body.ts'

function read(share: ReturnType<BodyBudget['open']>, bytes: number) {
  const request = new Request('http://localhost/', { method: 'POST', body: 'x'.repeat(bytes) })
  return readRequest(request, { maxBytes: 1000, seconds: 10, share })
}

describe('bodies of many deliveries at once', () => {
  it('are held in memory up to a limit', async () => {
    const budget = new BodyBudget(100)
    const [first, second, third] = [budget.open(), budget.open(), budget.open()]
    expect((await read(first, 60)).byteLength).toBe(60)
    await expect(read(second, 60)).rejects.toMatchObject({
      code: 'overloaded',
      fields: { retryAfterSeconds: 1 },
    })
    second.release()
    first.release()
    first.release()
    expect((await read(third, 60)).byteLength).toBe(60)
  })

  it('may be larger than the limit if there is only one', async () => {
    const budget = new BodyBudget(100)
    const first = budget.open()
    expect((await read(first, 500)).byteLength).toBe(500)
    await expect(read(budget.open(), 1)).rejects.toMatchObject({ code: 'overloaded' })
    first.release()
    expect((await read(budget.open(), 500)).byteLength).toBe(500)
  })

  it('are given up for much smaller ones if they are slow', async () => {
    let now = 0
    const budget = new BodyBudget(1000, () => now)
    const ends: string[] = []
    const server = createServer(async (incoming, response) => {
      const share = budget.open()
      const context = { env: { incoming } } as unknown as Context
      const end = await readBody(context, { maxBytes: 1000, seconds: 10, share }).then(
        ({ byteLength }) => `${byteLength}`,
        ({ code }) => code,
      )
      share.release()
      ends.push(end)
      response.end()
    })
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const send = (sent: number, whole = sent) => {
      const headers = { 'content-length': whole }
      const sending = httpRequest({ port, host: '127.0.0.1', method: 'POST', headers })
      sending.on('error', () => {})
      sending.write('x'.repeat(sent))
    }
    send(900, 950)
    const isFull = () => {
      const probe = budget.open()
      const hasRoom = probe.take(101)
      probe.release()
      return !hasRoom
    }
    await expect.poll(isFull).toBe(true)
    send(150)
    await expect.poll(() => ends).toEqual(['overloaded'])
    now = 2001
    send(300)
    await expect.poll(() => ends).toEqual(['overloaded', 'overloaded'])
    send(150)
    await expect
      .poll(() => ends.toSorted())
      .toEqual(['150', 'overloaded', 'overloaded', 'overloaded'])
  })
})
