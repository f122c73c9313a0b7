import { describe, expect, it } from 'vitest'
import { BodyBudget } from '../../core/api/body-budget.ts'
import { readRequest } from '../../core/api/read-body.ts'

function read(share: ReturnType<BodyBudget['open']>, bytes: number) {
  const request = new Request('http://localhost/', { method: 'POST', body: 'x'.repeat(bytes) })
  return readRequest(request, { maxBytes: 1000, seconds: 10, share })
}

describe('bodies of many deliveries at once', () => {
  it('are held up to a limit; what is over is put off', async () => {
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

  it('may be larger than the limit where there is but one', async () => {
    const budget = new BodyBudget(100)
    const first = budget.open()
    expect((await read(first, 500)).byteLength).toBe(500)
    await expect(read(budget.open(), 1)).rejects.toMatchObject({ code: 'overloaded' })
    first.release()
    expect((await read(budget.open(), 500)).byteLength).toBe(500)
  })
})
