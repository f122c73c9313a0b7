import { defineExecutor } from 'hookline/sdk/executor'
import { defineSource, z } from 'hookline/sdk/source'

/** A source that repeats what it was sent as the reason of a refusal, as no source should. */
export const parrot = defineSource({
  name: 'parrot',
  summary: 'Refuses what has a header `X-Refuse`, and says it.',
  options: z.object({}),
  signature: () => ({
    verify: async ({ headers }) => {
      const reason = headers['x-refuse']
      return reason === undefined ? { ok: true } : { ok: false, reason }
    },
  }),
  type: 'type',
  id: 'id',
  events: {
    '*': { description: 'Every event.', facts: { branch: ['string', 'Any text', 'text'] } },
  },
})

/** A program that repeats the text of an event in each place that a program has. */
export const squawk = defineExecutor({
  name: 'squawk',
  summary: 'Writes the text of an event to its output, and fails with it.',
  options: z.object({ fails: z.boolean().default(true).describe('Whether it fails.') }),
  create: ({ fails }) => ({
    run: async ({ event, write }) => {
      const { text } = event.payload as { readonly text: string }
      write('stdout', Buffer.from(`${text}\n`))
      write('stderr', Buffer.from(`${text}\n`))
      const result = { [text.slice(0, 200)]: text }
      return fails ? { status: 'failed', reason: text, result } : { status: 'succeeded', result }
    },
  }),
})
