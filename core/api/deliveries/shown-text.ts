import { setImmediate } from 'node:timers/promises'
import { HooklineError } from '../../errors/errors.ts'
import { charsetOf, decodeWhole } from '../../kit/content-type.ts'
import type { Redactor } from '../../redaction/redactor.ts'

/** Redacting so much takes a few milliseconds. Then the other work of the process has its turn. */
const PIECE_LENGTH = 256 * 1024

/** A body as it may be shown: without the secrets of the config. */
export type ShownBody =
  | { readonly isText: true; readonly content: string }
  /** It is no text in the charset that it names. */
  | { readonly isText: false; readonly content: Uint8Array<ArrayBuffer> }

export interface ShownOptions {
  readonly redactor: Pick<Redactor, 'stream'>
  /** How much is shown at most, in characters or bytes. Default: all. */
  readonly limit?: number | undefined
}

export async function showBody(
  body: Uint8Array,
  contentType: string | undefined,
  options: ShownOptions,
): Promise<ShownBody> {
  const text = textOf(body, contentType)
  if (text !== null) return { isText: true, content: await showText(text, options) }
  // Each byte is one character and back, so that all others stay as they are.
  const shown = await showText(Buffer.from(body).toString('latin1'), options)
  return { isText: false, content: new Uint8Array(Buffer.from(shown, 'latin1')) }
}

/** The bytes of a body as they are. Throws `delivery_incomplete` if they hold a secret of the config. */
export async function exactBody(
  body: Uint8Array,
  contentType: string | undefined,
  { redactor }: Pick<ShownOptions, 'redactor'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = textOf(body, contentType) ?? Buffer.from(body).toString('latin1')
  if ((await showText(text, { redactor })) === text) return new Uint8Array(body)
  const message = 'Its body holds a secret of the config, which no answer holds'
  throw new HooklineError('delivery_incomplete', message, {
    remedy: 'Read it without `exact`: the secret is masked.',
  })
}

/** The text without the secrets of the config. */
export async function showText(
  text: string,
  { redactor, limit = Number.POSITIVE_INFINITY }: ShownOptions,
): Promise<string> {
  const stream = redactor.stream()
  let shown = ''
  for (let at = 0; at < text.length && shown.length < limit; at += PIECE_LENGTH) {
    if (at > 0) await setImmediate()
    shown += stream.write(text.slice(at, at + PIECE_LENGTH))
  }
  if (shown.length < limit) shown += stream.end()
  return shown.length > limit ? shown.slice(0, limit).toWellFormed() : shown
}

function textOf(body: Uint8Array, contentType: string | undefined): string | null {
  try {
    return decodeWhole(body, charsetOf(body, contentType))
  } catch {
    return null
  }
}
