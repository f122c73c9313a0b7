import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import {
  type Answer,
  catalogOf,
  createPrivateFile,
  type Delivery,
  defineSource,
  type EventScheme,
  eventReader,
  eventsWith,
  type FactTable,
  fact,
  firstOf,
  type HmacScheme,
  hmacSignature,
  isJsonObject,
  type PluginContext,
  secrets,
} from '../../core/index.ts'

const SIGNATURE = {
  header: 'X-Notion-Signature',
  algorithm: 'sha256',
  encoding: 'hex',
  prefix: 'sha256=',
} as const satisfies HmacScheme

// A handshake holds one short field; anything longer is not worth reading before its sender is known.
const MAX_HANDSHAKE_BYTES = 1024

const PARENT: FactTable = {
  parent: fact('string', 'Id of what it is in', 'data.parent.id'),
  parent_type: fact('string', '`page`, `database`, `space`, …', 'data.parent.type'),
}

const SCHEME: EventScheme = {
  type: { path: 'type' },
  id: { path: 'id' },
  events: {
    '*': {
      description:
        'Every event of Notion. It says what changed, not how: fetch the rest from its API.',
      facts: {
        entity: fact('string', 'Id of the page, database or comment', 'entity.id'),
        entity_type: fact('string', '`page`, `block`, `database`, `comment`, …', 'entity.type'),
        workspace: fact('string', 'Id of the workspace', 'workspace_id'),
        sender: fact('string', 'Id of who did it', firstOf('authors.0.id')),
        sender_type: fact('string', '`person`, `bot` or `agent`', 'authors.0.type'),
        time: fact('string', 'When it happened', 'timestamp'),
      },
    },
    ...eventsWith(PARENT, {
      page: 'Something about a page: `page.created`, `page.content_updated`, `page.deleted`, …',
      database: 'Something about a database.',
      data_source: 'Something about a data source: its schema, its content.',
    }),
    comment: {
      description: 'A comment was made, changed or deleted.',
      facts: { page: fact('string', 'Id of the page', 'data.page_id'), ...PARENT },
    },
  },
}

/**
 * Webhooks of a Notion connection. Notion makes the secret and sends it in its first request: give it as `token`, or
 * let `keepToken` keep the first that comes. Notion wants it pasted into its form, which shows whose it was.
 */
export const notion = defineSource({
  name: 'notion',
  summary: 'Webhooks of a Notion connection.',
  documentation: 'https://developers.notion.com/reference/webhooks',
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
  events: catalogOf(SCHEME.events),
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
      parse: eventReader(SCHEME),
      answer: (delivery) => answer(delivery, kept, context),
      acknowledge: () => ({ status: 200 }),
      sign: (draft) => current()?.sign(draft) ?? {},
    }
  },
})

// Nothing of a handshake is stored: its body is the secret.
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

/** The token that came first, in a file that only this user may read. Delete the file to take another. */
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

  /** False where there is one already. */
  keep(token: string): boolean {
    // Anybody can ask, so the answer must not cost a write to the disk.
    if (existsSync(this.file)) return false
    return createPrivateFile(this.file, `${token}\n`)
  }
}
