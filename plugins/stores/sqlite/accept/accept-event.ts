import type { HandlerContext } from '../batch/context.ts'
import type { Handlers, PackedEntry } from '../batch/messages.ts'
import { changesOfPacked } from './changes.ts'

export type AcceptEvent = ReturnType<typeof prepareAcceptEvent>

/** Accepts an event of Hookline itself together with what it is about. */
export function prepareAcceptEvent(
  { changes }: Pick<HandlerContext, 'changes'>,
  { accept }: Handlers<'accept'>,
) {
  return (entry: PackedEntry | null, body: Uint8Array, now: number): void => {
    if (entry !== null) changes.push(...changesOfPacked(entry, accept([...entry, now], body)))
  }
}
