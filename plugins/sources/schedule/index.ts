import { Cron } from 'croner'
import { defineSource, type EventTable, HooklineError, z } from '../../../core/sdk/source.ts'

const MAX_CATCH_UP = 100

const EVENTS = {
  tick: {
    description: 'A time of the schedule has come.',
    facts: {
      scheduled_at: ['string', 'The time, in UTC: `2026-12-01T03:00:00.000Z`', 'scheduledAt'],
      late: ['boolean', 'Whether it is made up for: no node ran at the time', 'late'],
    },
  },
} satisfies EventTable

/** Times instead of a sender: each is an event, which goes the way of any other. */
export const schedule = defineSource({
  name: 'schedule',
  summary: 'Events at times that a cron expression names, without a sender.',
  documentation: 'https://croner.56k.guru/usage/pattern/',
  setup: 'Nothing is to be set up. It has no URL: Hookline itself makes the events.',
  hasSender: false,
  options: z.object({
    cron: z
      .string()
      .min(1)
      .default('@hourly')
      .describe(
        'Minute, hour, day of the month, month, day of the week: `0 3 * * 1-5`. With six fields, the first is the second. Also `@daily` and the like.',
      ),
    timezone: z
      .string()
      .default('UTC')
      .describe('Time zone of the expression, as IANA names it: `Europe/Berlin`.'),
    catchUp: z
      .int()
      .min(0)
      .max(MAX_CATCH_UP)
      .default(1)
      .describe(
        'Of the times that passed while no node ran, how many are made up for: the newest ones.',
      ),
    data: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('What the payload of each event has under `data`.'),
  }),
  events: EVENTS,
  type: () => 'tick',
  id: 'scheduledAt',
  create: ({ cron, timezone, catchUp, data }) => {
    const times = parse(cron, timezone)
    return {
      verify: () => ({ ok: false, reason: 'a schedule takes no requests' }),
      schedule: {
        text: `${cron} ${timezone}`,
        catchUp,
        next: (after) => times.nextRun(after),
        latest: (before, count) => times.previousRuns(count, before),
        body: (at, late) => JSON.stringify({ scheduledAt: at.toISOString(), late, data }),
      },
    }
  },
})

function parse(cron: string, timezone: string): Cron {
  try {
    const times = new Cron(cron, { paused: true, timezone })
    // A time zone is looked at when it is used.
    times.nextRun(new Date(0))
    return times
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read'
    throw new HooklineError('option_invalid', `\`cron\` and \`timezone\` name no times: ${why}`, {
      remedy: 'Write an expression such as `0 3 * * *`, and a time zone such as `Europe/Berlin`.',
    })
  }
}
