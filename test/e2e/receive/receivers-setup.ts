import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'

const SECRET = 'secret of the receivers'

/** A config with two receivers, a source for each way to take a delivery, and more sources like the plain one. */
export function configWith(more: readonly string[]): string {
  const hmac = `hmac: { secret: ${JSON.stringify(SECRET)}, header: 'x-signature' }, id: { header: 'x-id' }`
  return `
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
const params = ['client']
export default defineConfig({
  sources: {
    plain: custom({ ${hmac} }),
    asked: custom({ ${hmac} }),
    limited: custom({ ${hmac}, rateLimit: { perSecond: 0.0001, burst: 10 } }),
    ${more.map((name) => `${name}: custom({ ${hmac} }),`).join('\n')}
  },
  programs: {
    note: subprocess({ command: ['/bin/true'], allowRoot: true, retry: { attempts: 9, lostAttempts: 9, backoffSeconds: 1 } }),
    answer: subprocess({ command: ['/bin/echo', 'an answer'], allowRoot: true }),
  },
  rules: [
    { on: 'plain', run: 'note' },
    { on: 'asked', run: 'answer', answer: { wait: 20 } },
  ],
  dataDir: './data',
  node: { receivers: 2, leaseSeconds: 2, concurrency: 4 },
})`
}

export function signedHeaders(body: string, id: string): Record<string, string> {
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  return { 'content-type': 'application/json', 'x-signature': signature, 'x-id': id }
}

/** Whether a process runs. */
export function isAlive(pid: number): boolean {
  try {
    // One that has ended and was not waited for is still there.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
