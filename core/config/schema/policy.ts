import { z } from 'zod'
import type { ProgramPolicy } from '../../contracts/policy.ts'

const MAX_SECONDS = 7 * 24 * 3600
const MAX_STARTS = 1_000_000

const given = z.strictObject({
  key: z
    .string()
    .min(1)
    .optional()
    .describe(
      "CEL for a text, number or boolean: `repository + '/' + branch`. Limits count per key. Default: one key for all.",
    ),
  concurrency: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe(
      "Maximum number of tasks per key that run at once. Default: no limit, or 1 with `pending: 'latest'` or `cancelRunning`.",
    ),
  pending: z
    .enum(['queue', 'latest'])
    .optional()
    .describe(
      '`queue`: tasks wait their turn. `latest`: a new task replaces the waiting tasks of its key. Default: queue.',
    ),
  cancelRunning: z
    .boolean()
    .default(false)
    .describe("A new task also cancels the running task of its key. Implies `pending: 'latest'`."),
  debounceSeconds: z
    .number()
    .positive()
    .max(MAX_SECONDS)
    .optional()
    .describe(
      'A new task waits this long and replaces the waiting tasks of its key, so only the last task of a burst runs.',
    ),
  rateLimit: z
    .strictObject({
      count: z
        .int()
        .min(1)
        .max(MAX_STARTS)
        .describe('Maximum number of starts per key, including retries.'),
      perSeconds: z.number().min(0.001).max(MAX_SECONDS).describe('Length of the time window.'),
    })
    .optional()
    .describe('Tasks over the limit wait; none is lost.'),
  priority: z
    .int()
    .min(-100)
    .max(100)
    .default(0)
    .describe('Tasks with a higher priority run first.'),
})

/** Run policy of a program. The output has all defaults. */
export const policySchema = given.superRefine(checkQueue).transform(complete)

type Given = z.output<typeof given>

function checkQueue(
  { pending, cancelRunning, debounceSeconds }: Given,
  context: z.core.$RefinementCtx<Given>,
): void {
  const replacing = cancelRunning ? 'cancelRunning' : 'debounceSeconds'
  if (pending !== 'queue' || (!cancelRunning && debounceSeconds === undefined)) return
  const message = `cannot be \`queue\` beside \`${replacing}\`, with which only the newest task waits`
  context.addIssue({ code: 'custom', path: ['pending'], message })
}

function complete(options: Given): ProgramPolicy {
  const { key, pending, cancelRunning, debounceSeconds, rateLimit, priority } = options
  const isLatest = pending === 'latest' || cancelRunning
  const replacesWaiting = isLatest || debounceSeconds !== undefined
  return {
    key: key ?? null,
    concurrency: options.concurrency ?? (isLatest ? 1 : null),
    replaces: cancelRunning ? 'all' : replacesWaiting ? 'waiting' : 'none',
    debounceSeconds: debounceSeconds ?? 0,
    rateLimit: rateLimit ?? null,
    priority,
  }
}
