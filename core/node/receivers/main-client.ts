import type { Duplex } from 'node:stream'
import type { Meter } from '../../contracts/meter.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import { HooklineError } from '../../errors/errors.ts'
import { NO_METER } from '../../kit/no-meter.ts'
import type { OwnEvents } from '../../own-events/own-events.ts'
import { MessageStream } from './message-stream.ts'
import type {
  AnswersFrame,
  CallFault,
  CallsFrame,
  MainCallName,
  MainCalls,
  Measured,
} from './messages.ts'

/** How long what was measured waits for a call to go with. */
const MEASURED_MS = 200

interface Calling {
  readonly entry: CallsFrame['calls'][number]
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/** The store, the own events and the meter of a receiver: the main process has them. */
export interface MainClient {
  readonly store: Pick<StoreInstance, 'accept' | 'refuse'>
  readonly ownEvents: Pick<OwnEvents, 'deliveryRefused'>
  readonly meter: Meter
  /** Sends at once what was gathered. */
  flush(): void
}

/** Calls the main process. The calls of one turn of the event loop travel together, and so do their answers. */
export function createMainClient(stream: Duplex): MainClient {
  const waiting = new Map<number, Calling>()
  let gathered: Calling[] = []
  let lastId = 0
  let scheduled: NodeJS.Immediate | null = null
  let timer: NodeJS.Timeout | null = null
  const measuring = createMeasuring(() => {
    timer ??= setTimeout(flush, MEASURED_MS)
  })

  const messages = new MessageStream<CallsFrame, AnswersFrame>(stream, ({ answers }) => {
    for (const [id, answer, fault] of answers) {
      const calling = waiting.get(id)
      waiting.delete(id)
      if (fault === undefined) calling?.resolve(answer)
      else calling?.reject(errorOf(fault))
    }
  })

  function flush(): void {
    if (scheduled !== null) clearImmediate(scheduled)
    if (timer !== null) clearTimeout(timer)
    scheduled = null
    timer = null
    const calls = gathered
    gathered = []
    const measured = measuring.take()
    if (calls.length > 0 || measured !== null) send(calls, measured ?? NOTHING)
  }

  // A plugin without types may give values that cannot be copied. Then only its own call fails.
  function send(calls: readonly Calling[], measured: Measured): void {
    try {
      messages.send({ calls: calls.map(({ entry }) => entry), measured })
      for (const calling of calls) waiting.set(calling.entry[0], calling)
    } catch (cause) {
      const [first, ...more] = calls
      if (more.length > 0) for (const calling of calls) send([calling], NOTHING)
      else first?.reject(new HooklineError('internal', 'A delivery cannot be copied', { cause }))
      if (measured !== NOTHING) send([], measured)
    }
  }

  function call<Name extends MainCallName>(
    name: Name,
    given: MainCalls[Name]['given'],
  ): Promise<MainCalls[Name]['answer']> {
    return new Promise((resolve, reject) => {
      lastId += 1
      const entry = [lastId, name, given] as const
      gathered.push({ entry, resolve: resolve as (answer: unknown) => void, reject })
      scheduled ??= setImmediate(flush)
    })
  }

  return {
    store: {
      accept: (entry) => call('accept', entry),
      async refuse(delivery) {
        await call('refuse', delivery)
      },
    },
    ownEvents: {
      async deliveryRefused(refusal) {
        await call('deliveryRefused', refusal)
      },
    },
    meter: measuring.meter,
    flush,
  }
}

const NOTHING: Measured = { deliveries: [], committed: [], refused: [] }

/** A meter that only remembers. `onFirst` is called when it begins to have something. */
function createMeasuring(onFirst: () => void) {
  let deliveries = new Map<string, [...Measured['deliveries'][number]]>()
  let committed: [source: string, seconds: number][] = []
  let refused: string[] = []
  const meter: Meter = {
    ...NO_METER,
    delivery(source, outcome, reason) {
      const key = `${outcome} ${reason} ${source}`
      const known = deliveries.get(key)
      if (known === undefined) deliveries.set(key, [source, outcome, reason, 1])
      else known[3] += 1
      onFirst()
    },
    committed: (source, seconds) => {
      committed.push([source, seconds])
    },
    refused(code) {
      refused.push(code)
      onFirst()
    },
  }
  return {
    meter,
    /** Forgets what it returns; null if there is nothing. */
    take(): Measured | null {
      if (deliveries.size + committed.length + refused.length === 0) return null
      const taken = { deliveries: [...deliveries.values()], committed, refused }
      deliveries = new Map()
      committed = []
      refused = []
      return taken
    },
  }
}

function errorOf({ code, message, remedy, fields }: CallFault): Error {
  if (code === null) return new Error(message)
  return new HooklineError(code, message, { remedy, fields })
}
