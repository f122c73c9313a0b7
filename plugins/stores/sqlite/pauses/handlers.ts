import {
  beginPause,
  beginResume,
  PARKED_PER_CLAIM,
  toPauseRecord,
} from '../../../../core/sdk/store/pauses.ts'
import type { AcceptEvent } from '../accept/accept-event.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { releaseNext } from './parking.ts'

/** Pauses as people begin and end them. */
export function createPauseHandlers(
  context: HandlerContext,
  acceptEvent: AcceptEvent,
): Handlers<'pauses' | 'pause' | 'resume'> {
  const { pauses, changes } = context

  return {
    pauses: () => pauses.list().map((pause) => toPauseRecord(pause)),
    pause([asked, event, now], body) {
      const { pause, isNew } = beginPause(pauses.find(asked), asked, now)
      pauses.put(pause)
      if (isNew) acceptEvent(event, body, now)
      changes.push({ kind: 'pause' })
      return toPauseRecord(pause)
    },
    resume([target, event, now], body) {
      const before = pauses.find(target)
      if (before === null) return null
      const { pause, isNew } = beginResume(before)
      pauses.put(pause)
      const isEnded = releaseNext(context, pause, { limit: PARKED_PER_CLAIM, now })
      if (isNew) acceptEvent(event, body, now)
      changes.push({ kind: 'pause' }, { kind: 'work' })
      return toPauseRecord(pause, isEnded)
    },
  }
}
