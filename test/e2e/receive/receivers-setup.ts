import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

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

/** How many attempts succeeded for each id of a sender. */
export function successesOf(folder: string): ReadonlyMap<string, number> {
  const database = new DatabaseSync(join(folder, 'data/hookline.db'), { readOnly: true })
  const rows = database
    .prepare(
      `SELECT events.sender_id AS id, count(*) AS n FROM events
       JOIN tasks ON tasks.event_id = events.id
       JOIN attempts ON attempts.task_id = tasks.id AND attempts.status = 'succeeded'
       WHERE tasks.state = 'succeeded' GROUP BY events.sender_id`,
    )
    .all()
  database.close()
  return new Map(rows.map(({ id, n }) => [String(id), Number(n)]))
}
