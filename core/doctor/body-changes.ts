import { hash } from 'node:crypto'
import { finding } from './finding.ts'
import { jsonForms, readJson } from './json-forms.ts'
import type { Budget, Change } from './trials.ts'

interface Rewriting {
  /** What the sender signed, in words. */
  readonly how: string
  readonly body: Uint8Array | string
}

/** Bodies that may have become this one on the way. */
export async function bodyChanges(body: Uint8Array, budget: Budget): Promise<readonly Change[]> {
  const seen = new Set([hash('sha256', body)])
  const changes: Change[] = []
  for (const { how, body: text } of rewritings(body)) {
    await budget.yield()
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
    const mark = hash('sha256', bytes)
    if (seen.has(mark)) continue
    seen.add(mark)
    const message = `The body is not the one that was signed: the sender signed ${how}.`
    changes.push({
      kind: 'body',
      findings: [finding('body_rewritten', message)],
      delivery: (parts) => ({ ...parts, body: bytes }),
    })
  }
  return changes
}

function* rewritings(body: Uint8Array): Generator<Rewriting> {
  const text = textOf(body)
  if (text !== null) {
    yield* edges(text)
    yield* wrappings(text)
    yield* encodings(text)
    for (const { how, text: written } of jsonForms(text)) {
      yield { how: `this JSON ${how}`, body: written }
    }
  } else {
    yield latin1Of(body)
  }
  yield { how: 'an empty body', body: '' }
}

function edges(text: string): readonly Rewriting[] {
  return [
    { how: 'it with a line end after it', body: `${text}\n` },
    { how: 'it with a line end (CR LF) after it', body: `${text}\r\n` },
    { how: 'it without the line end after it', body: text.replace(/\r?\n$/, '') },
    {
      how: 'it without white space at its edges',
      body: withoutEdges(text),
    },
    { how: 'it with LF line ends instead of CR LF', body: text.replaceAll('\r\n', '\n') },
    { how: 'it with CR LF line ends instead of LF', body: text.replace(/\r?\n/g, '\r\n') },
    { how: 'it without the byte order mark', body: text.replace(/^\ufeff/, '') },
    { how: 'it with a byte order mark before it', body: `\ufeff${text}` },
  ]
}

// `trim` would also remove a byte order mark, which is a finding of its own.
function withoutEdges(text: string): string {
  const mark = text.startsWith('\ufeff') ? '\ufeff' : ''
  return mark + text.slice(mark.length).trim()
}

/** A form around the JSON, or the JSON within a form. The same for JSON in JSON, and for base64. */
function wrappings(text: string): readonly Rewriting[] {
  const found: Rewriting[] = [
    { how: 'it in base64', body: Buffer.from(text).toString('base64') },
    { how: 'it as a JSON string', body: JSON.stringify(text) },
  ]
  const compact = text.replace(/\s/g, '')
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    found.push({ how: 'what it holds in base64', body: Buffer.from(compact, 'base64') })
  }
  const value = readJson(text)
  if (typeof value === 'string') found.push({ how: 'the text within the JSON string', body: value })
  if (value === undefined) return [...found, ...formRewritings(text)]
  for (const name of ['body', 'payload', 'data', 'rawBody', 'message']) {
    const inner = (value as Readonly<Record<string, unknown>> | null)?.[name]
    if (typeof inner === 'string')
      found.push({ how: `only the field \`${name}\` of it`, body: inner })
  }
  const form = new URLSearchParams({ payload: text }).toString()
  return [
    ...found,
    { how: 'a form with the JSON in its field `payload`', body: form },
    { how: 'a form with the JSON in its field `payload`', body: form.replaceAll('+', '%20') },
    {
      how: 'a form with the JSON in its field `payload`',
      body: `payload=${encodeURIComponent(text)}`,
    },
  ]
}

function formRewritings(text: string): readonly Rewriting[] {
  if (!/^[^=&\s]+=[^&\s]*(?:&[^=&\s]+=[^&\s]*)*$/.test(text)) return []
  const form = new URLSearchParams(text)
  const again = form.toString()
  const fields = Object.fromEntries(form)
  const sorted = new URLSearchParams(text)
  sorted.sort()
  return [
    ...[...form.values()]
      .filter((value) => readJson(value) !== undefined)
      .map((body) => ({ how: 'only the JSON in the form', body })),
    { how: 'this form with other characters encoded', body: again },
    { how: 'this form with spaces as `%20`', body: again.replaceAll('+', '%20') },
    { how: 'this form with its fields sorted', body: sorted.toString() },
    { how: 'the fields of this form as JSON', body: JSON.stringify(fields) },
  ]
}

function encodings(text: string): readonly Rewriting[] {
  const latin1 = Buffer.from(text, 'latin1')
  const undone = latin1.toString('latin1') === text ? [{ how: 'it in Latin-1', body: latin1 }] : []
  return [
    ...undone,
    { how: 'it with its UTF-8 taken for Latin-1', body: Buffer.from(text).toString('latin1') },
    { how: 'it with composed letters (NFC)', body: text.normalize('NFC') },
    { how: 'it with decomposed letters (NFD)', body: text.normalize('NFD') },
  ]
}

function latin1Of(body: Uint8Array): Rewriting {
  return { how: 'it in UTF-8; it came in Latin-1', body: Buffer.from(body).toString('latin1') }
}

function textOf(body: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return null
  }
}
