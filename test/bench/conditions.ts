import { compileCondition } from '../../core/conditions/condition.ts'

const ITEMS = 100
const SECONDS = 1

const CONDITIONS = {
  'an equality': "branch == 'main'",
  'a comparison': "branch == 'main' && payload.total > 100",
  'a text': "branch.startsWith('release/') || payload.title.contains('[deploy]')",
  'a pattern': "branch.matches('^(main|release/.+)$')",
  'exists over 100 items': 'payload.items.exists(i, i.id == 99)',
  'filter and map over 100 items':
    "payload.items.filter(i, i.name.startsWith('n9')).map(i, i.id).size() == 11",
} as const

const EVENT = {
  ...{ id: 'evt_1', source: 'shop', type: 'order', senderId: null, deliveryId: 'dlv_1' },
  receivedAt: new Date('2026-01-02T03:04:05Z'),
  facts: { branch: 'main' },
  payload: {
    total: 150,
    title: 'a fix [deploy]',
    items: Array.from({ length: ITEMS }, (_, id) => ({ id, name: `n${id}` })),
  },
}

/** How often a rule's condition is evaluated in a second, compiled once as a rule has it. */
export function conditionBench(): void {
  console.log('conditions, evaluations in a second of processor time')
  for (const [name, text] of Object.entries(CONDITIONS)) {
    const condition = compileCondition(text, { facts: new Set(['branch']) })
    if (!condition.evaluate(EVENT)) throw new Error(`${text} is false`)
    run(condition, SECONDS / 4)
    console.log(`  ${name.padEnd(34)}${run(condition, SECONDS).toLocaleString('en').padStart(12)}`)
  }
  console.log()
}

function run(condition: ReturnType<typeof compileCondition>, seconds: number): number {
  const start = process.cpuUsage()
  const end = performance.now() + seconds * 1000
  let count = 0
  while (performance.now() < end) {
    for (let index = 0; index < 50; index++) condition.evaluate(EVENT)
    count += 50
  }
  const { user, system } = process.cpuUsage(start)
  return Math.round((count / (user + system)) * 1e6)
}
