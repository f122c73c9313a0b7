import { defineSource } from '../../../core/index.ts'
import { authenticityOf } from './authenticity.ts'
import { readBody } from './body.ts'
import { DEFAULT_TYPE_HEADER, eventOf } from './event.ts'
import { type CustomOptions, customOptions } from './options.ts'

/** Any sender that no other source knows. Its event types and facts are its sender's, so the catalogue is empty. */
export const custom = defineSource({
  name: 'custom',
  summary: 'Webhooks of your own programs, and of any sender without a source of its own.',
  options: customOptions,
  events: {},
  secretHeaders: ({ token, tokenHeader }) => (token === undefined ? [] : [tokenHeader]),
  create: (options, { clock }) => {
    const authenticity = authenticityOf(options, clock)
    return {
      unverified: options.unverified ?? false,
      verify: authenticity.verify,
      parse: (delivery) => {
        const payload = readBody(delivery, options.contentTypes)
        return payload instanceof Promise
          ? payload.then((read: unknown) => [eventOf(delivery, read, options)])
          : [eventOf(delivery, payload, options)]
      },
      sign: (draft) => ({
        ...ownHeaders(options, draft),
        ...authenticity.sign(draft),
      }),
    }
  },
})

function ownHeaders(
  { type, id }: CustomOptions,
  draft: { readonly event: string; readonly id: string },
): Record<string, string> {
  const headers: Record<string, string> = {}
  const typeHeader = type === undefined ? DEFAULT_TYPE_HEADER : type.header?.toLowerCase()
  if (typeHeader !== undefined) headers[typeHeader] = draft.event
  if (id !== undefined && 'header' in id) headers[id.header.toLowerCase()] = draft.id
  return headers
}
