import type { Context } from 'hono'
import type { z } from 'zod'
import { HooklineError, isHooklineError } from '../kit/errors.ts'
import { decodeUtf8, parseJson } from '../kit/json.ts'
import { keyFault } from '../kit/json-keys.ts'
import { mediaType } from '../kit/media-type.ts'
import type { HttpTypes } from './http-types.ts'
import { readIncoming, readRequest } from './read-body.ts'

const SECONDS = 15
const UNSHARED = { take: () => true }

/** Reads a call's body as JSON. Throws `content_type_unsupported`, `request_invalid`, or what the reading of a body does. */
export async function readJson(context: Context<HttpTypes>, maxBytes: number): Promise<unknown> {
  if (mediaType(context.req.header('content-type')) !== 'application/json') {
    throw new HooklineError('content_type_unsupported', 'The body must be application/json', {
      remedy: 'Send JSON with `Content-Type: application/json`.',
    })
  }
  const limits = { maxBytes, seconds: SECONDS, share: UNSHARED }
  const incoming = context.env?.incoming
  try {
    const body =
      incoming === undefined
        ? await readRequest(context.req.raw, limits)
        : await readIncoming(incoming, limits)
    return parseStrictly(decodeUtf8(body))
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const { code, message } = error
    if (code === 'delivery_unparsable') throw new HooklineError('request_invalid', message)
    if (code === 'delivery_too_large')
      throw new HooklineError(code, message, { remedy: 'Send less.' })
    throw error
  }
}

// Of a key that is there twice, one reader takes the first and another the last: what was checked may not be what is meant.
function parseStrictly(text: string): unknown {
  const value = parseJson(text)
  const fault = keyFault(text)
  if (fault === null) return value
  const { pointer } = fault
  const message = fault.fault === 'repeated' ? 'is there twice' : 'is not allowed'
  throw new HooklineError('request_invalid', `The key at ${pointer.slice(0, 200)} ${message}`, {
    fields: { errors: [{ pointer, message }] },
  })
}

/** Checks a body by its schema. Throws `request_invalid` with every fault, each with a JSON pointer (RFC 6901). */
export function checkBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message }) => ({
    pointer: path.map((part) => `/${escapePointer(String(part))}`).join(''),
    message,
  }))
  throw new HooklineError(
    'request_invalid',
    `The body has ${errors.length} fault(s): ${errors.map(({ pointer, message }) => `${pointer || 'body'}: ${message}`).join('; ')}`,
    { fields: { errors } },
  )
}

function escapePointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}
