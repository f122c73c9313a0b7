import type { Dispatcher } from 'undici'
import { isJsonType, mediaType, type ProgramRun, parseJson } from '../../../core/sdk/executor.ts'

/** The part of a response that is kept. */
export interface ReceivedResponse {
  readonly status: number
  /** Those of `KEPT_HEADERS`, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed if it is JSON, otherwise text; null if there is none, or it is compressed. */
  readonly body: unknown
  /** Whether the body was longer than what is kept. */
  readonly truncated: boolean
}

const KEPT_HEADERS = ['content-type', 'date', 'etag', 'location', 'retry-after', 'x-request-id']

/** Reads a response up to the limit and passes on its bytes. The rest is not read: the connection is closed. */
export async function readResponse(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  run: Pick<ProgramRun, 'write'>,
  limitBytes: number,
): Promise<ReceivedResponse> {
  const kept: Uint8Array[] = []
  let room = limitBytes
  let truncated = false
  // Closing the connection early makes the body emit an error.
  body.on('error', () => {})
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const part = chunk.subarray(0, room)
    if (part.byteLength > 0) {
      kept.push(part)
      run.write('stdout', part)
    }
    room -= part.byteLength
    truncated = part.byteLength < chunk.byteLength
    if (truncated) break
  }
  const few = keepHeaders(headers)
  const isPlain = ['', 'identity'].includes(mediaType(textOf(headers['content-encoding'])))
  const bytes = Buffer.concat(kept)
  return {
    status: statusCode,
    headers: few,
    body: isPlain && bytes.byteLength > 0 ? decode(bytes, few['content-type'], truncated) : null,
    truncated,
  }
}

function keepHeaders(headers: Dispatcher.ResponseData['headers']): Record<string, string> {
  const few: Record<string, string> = {}
  for (const name of KEPT_HEADERS) {
    const value = textOf(headers[name])
    // A query may hold a credential, as in signed URLs.
    if (value !== undefined) few[name] = name === 'location' ? value.replace(/[?#].*$/s, '') : value
  }
  return few
}

function decode(bytes: Uint8Array, type: string | undefined, truncated: boolean): unknown {
  const text = new TextDecoder().decode(bytes)
  if (truncated || !isJsonType(mediaType(type))) return text
  try {
    return parseJson(text)
  } catch {
    return text
  }
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
