import { describe, expect, it } from 'vitest'
import { hexOf, hmac, OTHER, SECRET, WHSEC } from './senders.ts'
import { diagnosed, keepDeliveries, type Sent, type Service } from './setup.ts'

export interface Row {
  readonly title: string
  readonly service: Service
  readonly source?: string
  readonly sent: () => Sent | Promise<Sent>
  readonly codes: readonly string[]
  readonly says: RegExp
}

export function row(
  title: string,
  service: Service,
  sent: Row['sent'],
  codes: readonly string[],
  says: RegExp,
  source?: string,
): Row {
  return { title, service, sent, codes, says, ...(source === undefined ? {} : { source }) }
}

export function testMistakes(name: string, rows: readonly Row[]): void {
  describe(`a mistake in ${name}`, () => {
    keepDeliveries()
    it.each(rows)('$title', async ({ service, source = 'github', sent, codes, says }) => {
      const delivery = await sent()
      const { record, diagnosis } = await diagnosed(service, source, delivery)
      expect(record.outcome).toBe('refused')
      expect(diagnosis.findings.map(({ code }) => code)).toEqual(codes)
      expect(diagnosis.findings[0]?.message).toMatch(says)
      expect(diagnosis.tried).toBeLessThanOrEqual(2000)
      expectNoSecrets(diagnosis, delivery)
    })
  })
}

/** Neither a secret nor anything like a signature may be in what the doctor says. */
export function expectNoSecrets(diagnosis: object, { headers, body }: Sent): void {
  const text = JSON.stringify(diagnosis)
  for (const hidden of [SECRET, btoa(SECRET), hexOf(SECRET), WHSEC, WHSEC.slice(6), OTHER]) {
    expect(text).not.toContain(hidden)
  }
  for (const algorithm of ['sha1', 'sha256', 'sha512']) {
    for (const encoding of ['hex', 'base64'] as const) {
      expect(text).not.toContain(hmac(body, SECRET, algorithm).digest(encoding))
    }
  }
  // Nothing that is as long as a signature, whatever it is.
  expect(text).not.toMatch(/[0-9a-f]{32}|[A-Za-z0-9+/]{40}/i)
  expect(
    Object.values(headers).filter((value) => value.length > 30 && text.includes(value)),
  ).toEqual([])
}
