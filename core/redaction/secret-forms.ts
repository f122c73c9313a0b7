/** All texts that a secret may appear as: raw, base64, hex, URL-encoded and JSON-escaped. */
export function secretForms(secret: string): ReadonlySet<string> {
  const bytes = Buffer.from(secret)
  const hex = bytes.toString('hex')
  return new Set([
    secret,
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
    ...urlForms(secret),
    ...jsonForms(secret),
  ])
}

/**
 * Base64 encodes groups of three bytes, so a secret inside a longer text has three forms. Characters at its edges that
 * also carry bits of neighbouring bytes are left out, and so is the padding.
 */
function base64Forms(bytes: Buffer): string[] {
  const forms: string[] = []
  for (const [offset, sharedCharacters] of [
    [0, 0],
    [1, 2],
    [2, 3],
  ] as const) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
    const wholeCharacters = Math.floor((shifted.length * 8) / 6)
    const form = shifted.toString('base64').slice(sharedCharacters, wholeCharacters)
    forms.push(form, form.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}

function urlForms(secret: string): string[] {
  // `encodeURIComponent` throws on a lone surrogate.
  const component = encodeURIComponent(secret.toWellFormed())
  const form = new URLSearchParams({ s: secret }).toString().slice('s='.length)
  return [component, form].flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, lower)])
}

function jsonForms(secret: string): string[] {
  const plain = JSON.stringify(secret).slice(1, -1)
  const ascii = plain.replace(/[\u007f-\uffff]/g, toUnicodeEscape)
  const once = [plain, ascii, plain.replaceAll('/', '\\/'), ascii.replaceAll('/', '\\/')]
  // JSON inside a JSON string, such as an error message in a log line.
  return [...once, ...once.map((text) => JSON.stringify(text).slice(1, -1))]
}

function toUnicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function lower(text: string): string {
  return text.toLowerCase()
}
