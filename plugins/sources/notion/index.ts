import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type Answer,
  createPrivateFile,
  type Delivery,
  defineSource,
  type EventTable,
  eventsWith,
  type FactTable,
  type HmacScheme,
  hmacSignature,
  isJsonObject,
  OK,
  type PluginContext,
  secrets,
} from '../../../core/sdk/source.ts'

const SIGNATURE = {
  header: 'X-Notion-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
} as const satisfies HmacScheme

// A handshake has one short field. Anything longer is not read before its sender is known.
const MAX_HANDSHAKE_BYTES = 1024

const PARENT: FactTable = {
  parent: ['string', 'Id of the parent', 'data.parent.id'],
  parent_type: ['string', '`page`, `database`, `space`, …', 'data.parent.type'],
}

const EVENTS = {
  '*': {
    description:
      'Every event of Notion. It says what changed, not how: fetch the rest from its API.',
    facts: {
      entity: ['string', 'Id of the page, database or comment', 'entity.id'],
      entity_type: ['string', '`page`, `block`, `database`, `comment`, …', 'entity.type'],
      workspace: ['string', 'Id of the workspace', 'workspace_id'],
      sender: ['string', 'Id of the user who did it', 'authors.0.id'],
      sender_type: ['string', '`person`, `bot` or `agent`', 'authors.0.type'],
      time: ['string', 'Time of the event', 'timestamp'],
    },
  },
  ...eventsWith(PARENT, {
    page: 'Activity on a page: `page.created`, `page.content_updated`, `page.deleted`, …',
    database: 'Activity on a database.',
    data_source: 'Activity on a data source: its schema, its content.',
  }),
  comment: {
    description: 'A comment was created, changed or deleted.',
    facts: { page: ['string', 'Id of the page', 'data.page_id'], ...PARENT },
  },
} satisfies EventTable

/**
 * Webhooks of a Notion connection. Notion makes the secret and sends it in its first request: give it as `token`, or
 * let `keepToken` keep the first that comes. Notion wants it pasted into its form, which shows whose it was.
 */
export const notion = defineSource({
  name: 'notion',
  summary: 'Webhooks of a Notion connection.',
  documentation: 'https://developers.notion.com/reference/webhooks',
  setup:
    'In the connection, under Webhooks > Create a subscription, enter the URL. Notion then sends a verification token to it: let Hookline keep it with `keepToken`.',
  options: z
    .object({
      token: secrets().optional().describe('The verification token, `secret_…`.'),
      keepToken: z
        .literal(true)
        .optional()
        .describe(
          'Keep the token of the first request in the data folder, and use it from then on.',
        ),
    })
    .refine(({ token, keepToken }) => (token === undefined) !== (keepToken === undefined), {
      message: 'needs either `token`, or `keepToken: true` to take the one that Notion sends first',
    }),
  events: EVENTS,
  create: ({ token }, context) => {
    const kept = token ? null : new KeptToken(context)
    const signature = (secretsInUse: readonly string[]) =>
      hmacSignature(SIGNATURE, { secrets: secretsInUse, clock: context.clock })
    const given = token && signature(token)
    const current = () => {
      const text = kept?.read() ?? null
      return given ?? (text === null ? undefined : signature([text]))
    }
    return {
      verify: (delivery) =>
        current()?.verify(delivery) ?? {
          ok: false,
          reason: 'Notion has not sent its verification token yet',
        },
      answer: (delivery) => answer(delivery, kept, context),
      sign: (draft) => current()?.sign(draft) ?? {},
    }
  },
  type: 'type',
  id: 'id',
  acknowledge: () => OK,
})

// A handshake is never stored, because its body is the secret.
function answer(
  delivery: Delivery,
  kept: KeptToken | null,
  { logger, name }: PluginContext,
): Answer | undefined {
  const token = delivery.method === 'POST' ? handshakeToken(delivery) : null
  if (token === null) return undefined
  if (kept === null || !kept.keep(token)) {
    const message = 'Notion sent a verification token, but one is in use: it was not taken'
    logger.warn({ source: name, client: delivery.client }, message)
    return { status: 409, body: 'A verification token is in use already.\n' }
  }
  logger.warn(
    { source: name, client: delivery.client, file: kept.file },
    'Notion sent its verification token; paste the content of this file into its form',
  )
  return { status: 200 }
}

function handshakeToken(delivery: Delivery): string | null {
  if (delivery.body.byteLength > MAX_HANDSHAKE_BYTES) return null
  let payload: unknown
  try {
    payload = delivery.json()
  } catch {
    return null
  }
  if (!isJsonObject(payload) || Object.keys(payload).length !== 1) return null
  const token = payload['verification_token']
  return typeof token === 'string' && /^[\x21-\x7e]{16,500}$/.test(token) ? token : null
}

/** The first token that came, in a file that only this user may read. Delete the file to accept another. */
class KeptToken {
  readonly file: string

  constructor({ dataDir, name }: PluginContext) {
    this.file = join(dataDir, 'secrets', `${encodeURIComponent(name)}-verification-token`)
  }

  read(): string | null {
    try {
      return readFileSync(this.file, 'utf8').trim() || null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  /** Returns false if there is one already. */
  keep(token: string): boolean {
    // Anybody can send a handshake, so refusing one must not write to the disk.
    if (existsSync(this.file)) return false
    return createPrivateFile(this.file, `${token}\n`)
  }
}
