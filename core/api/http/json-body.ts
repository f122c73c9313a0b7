import type { Context } from 'hono'
import type { z } from 'zod'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { issueText } from '../../errors/issue-text.ts'
import { decodeUtf8, mediaType } from '../../kit/content-type.ts'
import { parseJson } from '../../kit/json.ts'
import { escapePointer, keyFault } from './json-keys.ts'
import { readBody } from './read-body.ts'
import type { HttpTypes } from './types.ts'

const SECONDS = 15
const UNSHARED = { take: () => true }

/** Reads a request body as JSON. Throws `content_type_unsupported`, `request_invalid`, or an error of reading the body. */
export async function readJson(context: Context<HttpTypes>, maxBytes: number): Promise<unknown> {
  if (mediaType(context.req.header('content-type')) !== 'application/json') {
    throw new HooklineError('content_type_unsupported', 'The body must be application/json', {
      remedy: 'Send JSON with `Content-Type: application/json`.',
    })
  }
  const limits = { maxBytes, seconds: SECONDS, share: UNSHARED }
  try {
    return parseStrictly(decodeUtf8(await readBody(context, limits)))
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const { code, message } = error
    if (code === 'delivery_unparsable') throw new HooklineError('request_invalid', message)
    if (code === 'delivery_too_large')
      throw new HooklineError(code, message, { remedy: 'Send a smaller body.' })
    throw error
  }
}

// Parsers disagree on which of two equal keys counts, so what was checked might not be what is used.
function parseStrictly(text: string): unknown {
  const value = parseJson(text)
  const fault = keyFault(text)
  if (fault === null) return value
  const { pointer } = fault
  const message = fault.fault === 'repeated' ? 'is repeated' : 'is not allowed'
  throw new HooklineError('request_invalid', `The key at ${pointer.slice(0, 200)} ${message}`, {
    fields: { errors: [{ pointer, message }] },
  })
}

/** Checks a body against a schema. Throws `request_invalid` with all faults, each with a JSON pointer (RFC 6901). */
export function checkBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  throw bodyFaults(
    parsed.error.issues.map((issue) => ({
      pointer: issue.path.map((part) => `/${escapePointer(String(part))}`).join(''),
      message: issueText(issue),
    })),
  )
}

/** The error for one fault in a body, at a JSON pointer. */
export function bodyFault(pointer: string, message: string): HooklineError {
  return bodyFaults([{ pointer, message }])
}

function bodyFaults(
  errors: readonly { readonly pointer: string; readonly message: string }[],
): HooklineError {
  const lines = errors.map(({ pointer, message }) => `${pointer || 'body'}: ${message}`)
  const message = `The body has ${errors.length} fault(s): ${lines.join('; ')}`
  return new HooklineError('request_invalid', message, { fields: { errors } })
}
