import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const SECRET = 'the secret of these tests'
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'
export default defineConfig({
  sources: { github: github({ secret: ${JSON.stringify(SECRET)} }) },
  programs: {
    fail: subprocess({
      command: ['/bin/sh', '-c', 'exit 3'],
      retry: { attempts: 1 },
      policy: { key: 'branch' },
    }),
  },
  rules: [{ on: 'github', run: 'fail' }],
})`)
let service: Service
/** By branch: the delivery and its task. */
const made = new Map<string, { readonly delivery: string; readonly task: string }>()
let start = ''
let between = ''

beforeAll(async () => {
  service = await startService({ folder })
  start = new Date().toISOString()
  await push('main', 'octo/hello-world')
  between = new Date(Date.now() + 1).toISOString()
  await push('dev', 'octo/other')
  const found = (kind: string, text: string) =>
    service.get<Record<string, unknown[]>>(`/api/${kind}?text=${text}`)
  await until(
    () => found('tasks', 'octo+code'),
    ({ tasks }) => tasks?.length === 2,
  )
  await until(
    () => found('deliveries', 'octo'),
    ({ deliveries }) => deliveries?.length === 2,
  )
}, 60_000)
afterAll(async () => {
  await service.stop()
  remove()
})

async function push(branch: string, repository: string): Promise<void> {
  const body = JSON.stringify({
    ref: `refs/heads/${branch}`,
    repository: { full_name: repository },
  })
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  const answer = await fetch(`${service.url}/api/webhooks/github`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': crypto.randomUUID(),
      'x-hub-signature-256': `sha256=${signature}`,
    },
  })
  const { delivery, tasks } = (await answer.json()) as { delivery: string; tasks: { id: string }[] }
  made.set(branch, { delivery, task: tasks[0]?.id ?? '' })
}

/** Filters, and the branches of what is found by them. */
const FILTERS = (): readonly (readonly [
  filter: readonly (readonly [name: string, value: string])[],
  branches: readonly string[],
])[] => [
  [[['fact', 'branch=main']], ['main']],
  [
    [
      ['fact', 'branch=main'],
      ['fact', 'repository=octo/other'],
    ],
    [],
  ],
  [
    [
      ['fact', 'branch=dev'],
      ['fact', 'repository=octo/other'],
    ],
    ['dev'],
  ],
  [[['key', 'dev']], ['dev']],
  [[['type', 'push']], ['dev', 'main']],
  [[['type', 'tag']], []],
  [[['text', 'hello WORLD']], ['main']],
  [
    [
      ['since', start],
      ['until', between],
      ['type', 'push'],
    ],
    ['main'],
  ],
  [[['since', between]], ['dev']],
  [[['since', '1h']], ['dev', 'main']],
  [[['until', '1h']], []],
]
const KINDS = ['deliveries', 'tasks'] as const
const idOf = (kind: (typeof KINDS)[number], branch: string) =>
  made.get(branch)?.[kind === 'tasks' ? 'task' : 'delivery']

describe.each(KINDS)('the filters of %s', (kind) => {
  it('find by API what they name, and nothing else', async () => {
    const { tasks } = await service.get<{ tasks: { reason: string }[] }>('/api/tasks')
    const reason = ['reason', tasks[0]?.reason ?? ''] as const
    const ended: typeof FILTERS = () => [
      [[kind === 'tasks' ? reason : ['state', 'dead']], ['dev', 'main']],
    ]
    const unmatched: typeof FILTERS = () =>
      kind === 'tasks' ? [] : [[[['state', 'unmatched']], []]]
    for (const [filter, branches] of [...FILTERS(), ...ended(), ...unmatched()]) {
      const query = new URLSearchParams(filter.map(([name, value]) => [name, value]))
      const page = await service.get<Record<string, { id: string }[]>>(`/api/${kind}?${query}`)
      const expected = branches.map((branch) => idOf(kind, branch))
      expect(
        page[kind]?.map(({ id }) => id),
        String(query),
      ).toEqual(expected)
    }
  })

  it('are refused if they are malformed, with what was given and what is right', async () => {
    const faults: readonly (readonly [query: string, given: string, remedy: RegExp])[] = [
      ['fact=branch', 'branch', /fact.\d: must be NAME=VALUE/],
      ['fact=a=b&fact==x', '=x', /fact.\d: must be NAME=VALUE/],
      ['since=yesterday', 'yesterday', /since: must be a time such as 2026-/],
      ['until=2026-13-01', '2026-13-01', /until: must be a time such as 2026-/],
      ['text=---', '---', /text: must have a letter or a digit/],
      ['state=lost', 'lost', /state: must be one of "(unmatched|waiting)"/],
      ['type=', '', /type: must not be empty/],
      ['limit=many', 'many', /limit: must be a whole number from 1 to 200/],
      ['colour=red', 'colour', /colour: has the unknown key/],
    ]
    for (const [query, given, remedy] of faults) {
      const answer = await fetch(`${service.url}/api/${kind}?${query}`, {
        headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      const problem = (await answer.json()) as Record<string, string>
      expect([answer.status, problem['code']], query).toEqual([400, 'request_invalid'])
      expect(problem['detail']).toMatch(remedy)
      expect(problem['detail']).toContain(given)
      expect(problem['remedy']).toBeTruthy()
    }
  })

  it('do the same on the command line', { timeout: 120_000 }, async () => {
    const access = ['--url', service.url, '--token', ADMIN_TOKEN]
    const hookline = (...words: readonly string[]) =>
      cli([kind, ...words, ...access], { cwd: folder })
    const search = ['--fact', 'branch=main', '--type', 'push', '--key', 'main', '--since', '1h']
    const filter = [...search, '--state', 'dead']
    const { code, stdout } = await hookline(...filter, '--text', 'hello', '--json')
    expect(code).toBe(0)
    const page = JSON.parse(stdout) as Record<string, { id: string }[]>
    expect(page[kind]?.map(({ id }) => id)).toEqual([idOf(kind, 'main')])
    const refused = await hookline('--fact', 'branch', '--until', 'tomorrow')
    expect(refused.code).not.toBe(0)
    expect(refused.stderr).toMatch(
      /until: must be a time.*tomorrow.*fact.0: must be NAME=VALUE.*branch/,
    )
  })
})

describe('a delivery', () => {
  it('names its replays', { timeout: 60_000 }, async () => {
    const id = made.get('main')?.delivery ?? ''
    const access = ['--url', service.url, '--token', ADMIN_TOKEN]
    const { stdout } = await cli(['replay', id, '--json', ...access], { cwd: folder })
    const replay = (JSON.parse(stdout) as { delivery: string }).delivery
    const { replays } = await until(
      () => service.get<{ replays: Record<string, string>[] }>(`/api/deliveries/${id}`),
      (delivery) => delivery.replays.length > 0,
    )
    expect(replays).toEqual([{ id: replay, receivedAt: expect.any(String), outcome: 'accepted' }])
    const explained = await cli(['explain', id, ...access], { cwd: folder })
    expect(explained.stdout).toMatch(
      new RegExp(`replays and duplicates.*\n  ${replay}  .*replay\n`),
    )
    const other = await service.get<{ replays: unknown[] }>(`/api/deliveries/${replay}`)
    expect(other.replays).toEqual([])
  })
})
