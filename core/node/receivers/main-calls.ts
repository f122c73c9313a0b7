import type { Duplex } from 'node:stream'
import type { Meter } from '../../contracts/meter.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import { isHooklineError } from '../../errors/errors.ts'
import type { OwnEvents } from '../../own-events/own-events.ts'
import { MessageStream } from './message-stream.ts'
import type { AnswersFrame, CallFault, CallsFrame, MainCalls, Measured } from './messages.ts'

export interface MainParts {
  readonly store: Pick<StoreInstance, 'accept' | 'refuse'>
  readonly ownEvents: Pick<OwnEvents, 'deliveryRefused'>
  readonly meter: Meter
}

/** Carries out the calls of a receiver. Those that were committed together are answered together. */
export function serveCalls(stream: Duplex, { store, ownEvents, meter }: MainParts): void {
  const perform: {
    readonly [Name in keyof MainCalls]: (given: MainCalls[Name]['given']) => Promise<unknown>
  } = {
    accept: (entry) => store.accept(entry),
    refuse: (delivery) => store.refuse(delivery),
    deliveryRefused: (refusal) => ownEvents.deliveryRefused(refusal),
  }
  let answers: AnswersFrame['answers'][number][] = []
  const answer = (...one: AnswersFrame['answers'][number]): void => {
    if (answers.length === 0) setImmediate(flush)
    answers.push(one)
  }
  const flush = (): void => {
    messages.send({ answers })
    answers = []
  }
  const messages = new MessageStream<AnswersFrame, CallsFrame>(stream, ({ calls, measured }) => {
    for (const [id, name, given] of calls) {
      const done = (perform[name] as (given: unknown) => Promise<unknown>)(given)
      done.then(
        (value) => answer(id, value ?? null),
        (error) => answer(id, null, faultOf(error)),
      )
    }
    measure(meter, measured)
  })
}

function measure(meter: Meter, { deliveries, committed, refused }: Measured): void {
  for (const [source, outcome, reason, count] of deliveries) {
    for (let index = 0; index < count; index++) meter.delivery(source, outcome, reason)
  }
  for (const [source, seconds] of committed) meter.committed(source, seconds)
  for (const code of refused) meter.refused(code)
}

function faultOf(error: unknown): CallFault {
  if (!isHooklineError(error)) return { code: null, message: String(error) }
  const { code, message, remedy, fields } = error
  return { code, message, remedy, fields }
}
