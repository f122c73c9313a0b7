import { stripVTControlCharacters } from 'node:util'
import type { ReportedState } from '../contracts/provider/report.ts'
import type { LogChunk, TaskRecord } from '../contracts/task.ts'
import { visible } from '../kit/visible.ts'
import { NOT_CHANGED } from '../work/settlement.ts'

const MAX_LINES = 40
const MAX_CHARACTERS = 4000
const READ_CHARACTERS = 20_000

/** How a task goes, as its provider is told. A task that waits for another attempt still runs. */
export function stateToTell({ state, attempts, lostAttempts, reason }: TaskRecord): ReportedState {
  switch (state) {
    case 'waiting':
      return attempts + lostAttempts > 0 ? 'running' : 'queued'
    case 'dead':
      return 'failed'
    case 'cancelled':
      return reason === NOT_CHANGED ? 'skipped' : state
    default:
      return state
  }
}

/** The same in one line, without secrets. */
export function descriptionOf(task: TaskRecord, redact: (text: string) => string): string {
  const reason = task.reason === null ? '' : visible(redact(task.reason).replace(/\s+/g, ' '))
  const because = reason === '' ? '' : `: ${reason}`
  switch (task.state) {
    case 'waiting':
      if (task.approval?.state === 'pending') return 'Waits for an approval'
      if (stateToTell(task) === 'queued') return 'Waiting to run'
      return `To be tried again after attempt ${task.attempts}${because}`
    case 'running':
      return task.attempts > 1 ? `Running, attempt ${task.attempts}` : 'Running'
    case 'succeeded':
      return `Succeeded${tookText(task)}`
    case 'dead':
      return `Failed${tookText(task)}${because}`
    case 'cancelled':
      return stateToTell(task) === 'skipped' ? `Skipped${because}` : `Cancelled${because}`
  }
}

function tookText({ startedAt, endedAt }: TaskRecord): string {
  if (startedAt === null || endedAt === null) return ''
  const seconds = Math.max(0, (endedAt - startedAt) / 1000)
  if (seconds < 100) return ` in ${Math.round(seconds * 10) / 10} s`
  return ` in ${Math.round(seconds / 60)} min`
}

/** The last lines of the output of the last attempt, without secrets and without colours. */
export function endOfOutput(chunks: readonly LogChunk[], redact: (text: string) => string): string {
  const attempt = chunks.at(-1)?.attempt
  const all = chunks.filter((chunk) => chunk.attempt === attempt).map(({ text }) => text)
  // It was redacted before it was stored. Secrets that the config has learned since are redacted now.
  const text = stripVTControlCharacters(redact(all.join('').slice(-READ_CHARACTERS)))
  const lines = text.replaceAll('\r\n', '\n').trimEnd().split('\n').slice(-MAX_LINES)
  return lines.map(visible).join('\n').slice(-MAX_CHARACTERS).toWellFormed()
}
