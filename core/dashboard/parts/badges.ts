import { html } from 'hono/html'
import type { Recovery } from '../../contracts/accept.ts'
import type { DeliveryOutcome } from '../../contracts/delivery.ts'
import type { TaskState } from '../../contracts/task.ts'
import type { Html, PageContext } from '../page.ts'

export type Tone = 'good' | 'bad' | 'busy' | 'wait' | 'quiet' | 'paused'

const STATE_TONES: Readonly<Record<TaskState, Tone>> = {
  waiting: 'wait',
  running: 'busy',
  succeeded: 'good',
  dead: 'bad',
  cancelled: 'quiet',
}
const OUTCOME_TONES: Readonly<Record<DeliveryOutcome, Tone>> = {
  accepted: 'good',
  duplicate: 'quiet',
  refused: 'bad',
}

/** A short word on a coloured ground. The word alone says what the colour says. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

export function stateBadge({ texts }: PageContext, state: TaskState): Html {
  return badge(STATE_TONES[state], texts.common.states[state])
}

/** With a second badge if the delivery was asked for at its provider. */
export function outcomeBadge(
  { texts }: PageContext,
  outcome: DeliveryOutcome,
  recovered: Recovery | null = null,
): Html {
  const badges = badge(OUTCOME_TONES[outcome], texts.common.outcomes[outcome])
  if (recovered === null) return badges
  return html`${badges} ${badge('wait', texts.common.recovered)}`
}
