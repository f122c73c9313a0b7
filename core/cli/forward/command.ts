import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { DeliveryView, ListedDeliveryView } from '../../api/deliveries/views.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { visible } from '../../kit/visible.ts'
import { covers } from '../../matching/covers.ts'
import { duration } from '../../settings/quantities.ts'
import { type ApiClient, apiPath } from '../api-client.ts'
import { collect, parseHeader } from '../header-lines.ts'
import { print } from '../print.ts'
import { openClient, type ServiceOptions, withConnectionOptions } from '../service-client.ts'
import { DeliveryQueue } from './delivery-queue.ts'
import { followDeliveries } from './follow-deliveries.ts'
import { type Forwarded, ForwardTarget } from './forward-target.ts'

const RECONNECT_MS = 1000

interface Options extends ServiceOptions {
  readonly source?: readonly string[]
  readonly on?: readonly string[]
  readonly since?: string
  readonly once?: true
  readonly header?: readonly string[]
  readonly timeout: string
}

/** `hookline forward` */
export function forwardCommand(): Command {
  const command = new Command('forward')
    .argument('<target>', 'address to send to, such as http://localhost:3000/hook')
    .option('--source <name>', 'only deliveries to this source; may be repeated', collect)
    .option(
      '--on <event>',
      'only with such an event, as in `on` of a rule; may be repeated',
      collect,
    )
    .option('--since <time>', 'also those stored since then: 1h, 7d, 2026-01-31')
    .option('--once', 'send what is stored since --since, and end')
    .option(
      '-H, --header <line>',
      'header to add or replace, `Name: value`; may be repeated',
      collect,
    )
    .option('--timeout <time>', 'how long to wait for each answer: 10s, 1m', '10s')
  return withConnectionOptions(command).action(forward)
}

async function forward(target: string, options: Options): Promise<void> {
  const forwarding = new Forwarding(readTarget(target, options), options)
  const client = await openClient(options)
  await checkAccess(client, forwarding.sources)
  if (options.once) return forwarding.once(client)
  let isAway = false
  for (let current = client, wasReached = false; ; ) {
    try {
      await forwarding.follow(current, () => {
        isAway = false
        if (wasReached) return
        wasReached = true
        print(`Forwarding to ${target}. End it with Ctrl-C.\n`)
      })
    } catch (error) {
      if (!wasReached || !isPassing(error)) throw error
      if (!isAway) process.stderr.write(`note: ${visible(error.message)}; waiting for it\n`)
      isAway = true
    }
    await sleep(RECONNECT_MS)
    // A service that has started again may have another address.
    current = await openClient(options)
  }
}

/** Sends deliveries again, each once, in the order in which they arrived. */
class Forwarding {
  readonly sources: readonly string[]
  readonly #options: Options
  readonly #target: ForwardTarget
  readonly #queue: DeliveryQueue
  readonly #leftOut = new Set<string>()
  #hasBegun = false
  #sent = 0
  #failed = 0

  constructor(target: ConstructorParameters<typeof ForwardTarget>[0], options: Options) {
    this.#options = options
    const { source = [], on = [] } = options
    this.sources = [...new Set([...source, ...on.map((event) => event.split('.', 1)[0] ?? '')])]
    this.#queue = new DeliveryQueue(this.sources.length === 1 ? this.sources[0] : undefined)
    this.#target = new ForwardTarget(target, (what) => this.#sayLeftOut(what))
  }

  /** What is stored. The command exits with 1 unless the target took everything. */
  async once(client: ApiClient): Promise<void> {
    await this.#queue.begin(client, this.#options.since)
    await this.#sendWaiting(client)
    print(`${this.#sent} sent, ${this.#failed} failed\n`)
    if (this.#failed > 0) process.exitCode = 1
  }

  /** Until the connection to the service ends. */
  async follow(client: ApiClient, onReached: () => void): Promise<void> {
    if (!this.#hasBegun) await this.#queue.begin(client, this.#options.since)
    this.#hasBegun = true
    await followDeliveries(client, async () => {
      onReached()
      await this.#queue.look(client)
      await this.#sendWaiting(client)
    })
  }

  async #sendWaiting(client: ApiClient): Promise<void> {
    const { waiting } = this.#queue
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      await this.#send(client, next)
      waiting.shift()
    }
  }

  async #send(client: ApiClient, listed: ListedDeliveryView): Promise<void> {
    if (!this.#isWanted(listed) && !listed.eventsMore) return
    const path = apiPath`/api/deliveries/${listed.id}`
    try {
      const delivery = await client.get<DeliveryView>(path)
      if (!this.#isWanted(delivery)) return
      const body = await client.bytes(`${path}/body`, { exact: 'true' })
      this.#report(delivery, await this.#target.send(delivery, body))
    } catch (error) {
      if (!isOfDelivery(error)) throw error
      this.#report(listed, { status: null, fault: error.message, ms: 0 })
    }
  }

  #isWanted({
    source,
    events,
  }: Pick<DeliveryView, 'source'> & { readonly events: readonly { type: string }[] }) {
    const { source: sources, on } = this.#options
    if (sources === undefined && on === undefined) return true
    if (sources?.includes(source)) return true
    return on?.some((name) => events.some(({ type }) => covers(name, { source, type }))) ?? false
  }

  #report(
    {
      id,
      source,
      events,
    }: Pick<ListedDeliveryView, 'id' | 'source'> & { readonly events: readonly { type: string }[] },
    { status, fault, ms }: Forwarded,
  ): void {
    const isTaken = status !== null && status >= 200 && status < 300
    if (isTaken) this.#sent++
    else this.#failed++
    const types = [...new Set(events.map(({ type }) => type))].join(',')
    const name = types === '' ? source : `${source}.${types}`
    const time = new Date().toTimeString().slice(0, 8)
    print(`${visible(`${time}  ${name}  ${id}  ${status ?? `failed: ${fault}`}  ${ms} ms`)}\n`)
  }

  #sayLeftOut(what: string): void {
    if (this.#leftOut.has(what)) return
    this.#leftOut.add(what)
    const why = 'its value is a secret, and secrets of senders are not stored'
    process.stderr.write(`note: ${visible(what)} is left out: ${why}\n`)
  }
}

function readTarget(target: string, { since, once, header = [], timeout }: Options) {
  if (!URL.canParse(target) || !/^https?:$/.test(new URL(target).protocol)) {
    throw new HooklineError(
      'cli_usage',
      `The target must be an http or https address, not '${target}'`,
    )
  }
  if (once && since === undefined) {
    throw new HooklineError('cli_usage', '--once needs --since: from when on, such as 2h')
  }
  const limit = duration.safeParse(timeout)
  if (!limit.success) {
    const [issue] = limit.error.issues
    throw new HooklineError('cli_usage', `--timeout ${issue?.message}, not '${timeout}'`)
  }
  const headers = header.map(parseHeader).map(([name, value]) => [name.toLowerCase(), value])
  return { url: new URL(target), headers: Object.fromEntries(headers), timeoutMs: limit.data }
}

/** At once, rather than at the first delivery. Throws `forbidden` or `source_unknown`. */
async function checkAccess(client: ApiClient, sources: readonly string[]): Promise<void> {
  try {
    await client.bytes('/api/deliveries/none/body', { exact: 'true' })
  } catch (error) {
    if (!isOfDelivery(error)) throw error
  }
  const known = await client.get<{ sources: readonly { name: string }[] }>('/api/sources')
  const names = known.sources.map(({ name }) => name)
  for (const source of sources) {
    if (names.includes(source)) continue
    const near = suggestion(source, names)
    throw new HooklineError('source_unknown', `There is no source '${source}'.${near}`, {
      remedy: `Known: ${names.join(', ') || 'none'}.`,
    })
  }
}

/** Whether it concerns one delivery, and the next ones can be sent. */
function isOfDelivery(error: unknown): error is HooklineError {
  return isHooklineError(error) && ['delivery_unknown', 'delivery_incomplete'].includes(error.code)
}

function isPassing(error: unknown): error is HooklineError {
  return (
    isHooklineError(error) &&
    ['service_unreachable', 'store_unavailable', 'overloaded'].includes(error.code)
  )
}
