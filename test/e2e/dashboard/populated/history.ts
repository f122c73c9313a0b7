import type { Seed, SeedTask } from '../../../seeded-store.ts'

const REPOSITORIES = ['acme/shop', 'acme/site', 'acme/api', 'acme/mobile', 'acme/docs'] as const
const BRANCHES = ['main', 'main', 'main', 'fix-refunds', 'new-search', 'release/2.4'] as const
const PEOPLE = ['octavia', 'grace', 'edsger', 'ada', 'barbara'] as const

/** Kinds of deliveries, by how often they come. */
const KINDS = [
  ...Array.from({ length: 9 }, () => pushed),
  ...Array.from({ length: 12 }, () => ordered),
  ...Array.from({ length: 4 }, () => paid),
  refused,
] as const

/** A number from 0 to below 1; the same ones in each run. */
type Chance = () => number

/**
 * What the populated service might have received in the past: `count` deliveries between two times (ms since the epoch),
 * more of them where the sine of a day is high, one in twenty with a program that fails.
 */
export function* history(count: number, since: number, until: number): Generator<Seed> {
  const chance = mulberry32(7)
  for (let index = 0; index < count; index++) {
    const part = (index + chance()) / count
    const wave = part - Math.sin(part * 4 * Math.PI) / 36
    const at = Math.trunc(since + (until - since) * wave)
    yield of(KINDS, chance)(at, chance)
  }
}

function pushed(at: number, chance: Chance): Seed {
  const repository = of(REPOSITORIES, chance)
  const branch = of(BRANCHES, chance)
  const sender = of(PEOPLE, chance)
  const commit = Math.trunc(chance() * 2 ** 48)
    .toString(16)
    .padStart(40, 'a')
  const facts = { repository, branch, sender, commit, message: 'Show the total before checkout' }
  const body = JSON.stringify({
    ref: `refs/heads/${branch}`,
    after: commit,
    repository: { full_name: repository },
    sender: { login: sender },
  })
  const isDeploy = branch === 'main'
  const fails = chance() < (isDeploy ? 0.02 : 0.2)
  const task: SeedTask = {
    rule: isDeploy ? 'deploy-main' : 'test-branches',
    program: isDeploy ? 'deploy' : 'run-tests',
    state: fails ? 'dead' : 'succeeded',
    waitedMs: Math.trunc(chance() * 40),
    tookMs: Math.trunc((isDeploy ? 14_000 : 40_000) * (0.5 + chance() ** 3 * 3)),
    exitCode: fails ? 1 : 0,
    ...(fails ? { reason: 'exited with code 1' } : {}),
    output: `Working on ${repository}\n\u001b[32m✓\u001b[0m done\n`,
  }
  return { ...{ at, source: 'github', body, type: 'push', facts }, tasks: [task] }
}

function ordered(at: number, chance: Chance): Seed {
  const total = Math.trunc(chance() * 20_000) / 100
  const facts = { id: `order-${at}`, total, customer: of(PEOPLE, chance) }
  const task: SeedTask = {
    ...{ rule: 'orders', program: 'sync-order', state: 'succeeded', exitCode: 0 },
    waitedMs: Math.trunc(chance() * 10),
    tookMs: Math.trunc(30 + chance() ** 4 * 900),
    result: { total },
  }
  return { at, source: 'shop', body: JSON.stringify(facts), type: 'order', facts, tasks: [task] }
}

function paid(at: number, chance: Chance): Seed {
  const fails = chance() < 0.03
  const body = JSON.stringify({ type: 'invoice.paid', data: { object: { customer: 'cus_9' } } })
  const task: SeedTask = {
    ...{ rule: 'receipts', program: 'send-receipt', state: fails ? 'dead' : 'succeeded' },
    waitedMs: Math.trunc(chance() * 10),
    tookMs: Math.trunc(120 + chance() ** 4 * 3000),
    ...(fails ? { reason: 'POST http://127.0.0.1:9 answered with 503' } : {}),
  }
  return { at, source: 'payments', body, type: 'invoice.paid', facts: {}, tasks: [task] }
}

function refused(at: number): Seed {
  const reason = 'signature does not match any secret'
  return {
    at,
    source: 'github',
    body: '{"zen":"Practicality beats purity."}',
    outcome: 'refused',
    reason,
  }
}

function of<Item>(items: readonly Item[], chance: Chance): Item {
  return items[Math.trunc(chance() * items.length)] as Item
}

/** The generator of that name: small, and good enough for made-up data. */
function mulberry32(seed: number): Chance {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
