import { decodeStrictly } from '../../kit/encoding.ts'
import type { VariedSource } from '../../kit/vary-source.ts'
import { type Finding, type FindingCode, finding } from './finding.ts'
import type { Change } from './trials.ts'

interface Mistake {
  readonly code: FindingCode
  /** What the signature matches with. */
  readonly message: string
  /** The secret as it may have been meant; the same where the mistake is not there. */
  readonly mend: (secret: string) => string | null
}

/** Secrets of others: where they are from, in words. */
export interface ForeignSecret {
  readonly secret: string
  readonly place: string
}

const HERE = 'secret_here_malformed'
const THERE = 'secret_there_malformed'
const ENCODED = 'secret_encoded'
const QUOTES = /^(["'`])(.*)\1$/s
const ASSIGNMENT = /^(?:export )?[A-Za-z_][A-Za-z0-9_]*=(.+)$/s

const MISTAKES: readonly Mistake[] = [
  here('has blanks or line ends at its edges', (secret) => secret.trim()),
  here('stands in quotes', (secret) => unquoted(secret.trim())),
  here('has `\\n` at its end, as two characters', (secret) => secret.replace(/(\\r)?\\n$/, '')),
  here('begins with the name of its variable and `=`', (secret) => {
    return unquoted(secret.trim().replace(ASSIGNMENT, '$1'))
  }),
  here('begins with `Bearer`', (secret) => secret.replace(/^bearer\s+/i, '')),
  here('has a byte order mark', (secret) => secret.replace(/^\ufeff/, '')),
  here('is URL-encoded', (secret) => urlDecoded(secret)),
  there('has a line end after it', (secret) => `${secret}\n`),
  there('has a line end (CR LF) after it', (secret) => `${secret}\r\n`),
  there('has a blank after it', (secret) => `${secret} `),
  there('has a blank before it', (secret) => ` ${secret}`),
  there('stands in double quotes', (secret) => `"${secret}"`),
  there('stands in single quotes', (secret) => `'${secret}'`),
  there('is empty: probably its variable is not set', () => ''),
  there('is the word `undefined`: probably its variable is not set', () => 'undefined'),
  there('is the word `null`: probably its variable is not set', () => 'null'),
  there('is the word `None`: probably its variable is not set', () => 'None'),
  encoded('without `whsec_` before it', (secret) => secret.replace(/^whsec_/, '')),
  encoded('with `whsec_` before it', (secret) => `whsec_${secret}`),
  encoded('taken as text, `whsec_` included', (secret) => whsec(`whsec_${bare(secret)}`)),
  encoded('taken as text, without `whsec_`', (secret) => whsec(bare(secret))),
  encoded('decoded from base64', (secret) => decoded(secret, 'base64')),
  encoded('decoded from base64url', (secret) => decoded(secret, 'base64url')),
  encoded('decoded from hex', (secret) => decoded(secret, 'hex')),
  encoded('decoded from base64, without `whsec_`', (secret) => {
    return decoded(secret.replace(/^whsec_/, ''), 'base64')
  }),
  encoded('written in base64', (secret) => Buffer.from(secret).toString('base64')),
  encoded('written in hex', (secret) => Buffer.from(secret).toString('hex')),
  encoded('in lower case', (secret) => secret.toLowerCase()),
  encoded('in upper case', (secret) => secret.toUpperCase()),
]

/** What may be wrong with the secrets of a source, at either side. */
export function secretChanges(
  varied: VariedSource,
  foreign: readonly ForeignSecret[],
): readonly Change[] {
  const own = varied.secrets
  const seen = new Set(own)
  const changes: Change[] = []
  for (const { code, message, mend } of MISTAKES) {
    const mended = own.map(mend)
    if (mended.every((secret) => secret === null || seen.has(secret))) continue
    for (const secret of mended) if (secret !== null) seen.add(secret)
    changes.push(secretChange(varied, (secret) => mend(secret) ?? secret, finding(code, message)))
  }
  for (const { secret, place } of foreign) {
    if (seen.has(secret)) continue
    seen.add(secret)
    const message = `The sender signs with a secret of ${place}.`
    changes.push(secretChange(varied, () => secret, finding('secret_of_other', message)))
  }
  if (own.length > 1) {
    const message = 'The sender signs with a secret that this source has for something else.'
    const swapped = own.map((other) =>
      secretChange(varied, () => other, finding('secret_of_other', message)),
    )
    changes.push(...swapped)
  }
  return changes
}

function secretChange(
  varied: VariedSource,
  mend: (secret: string) => string,
  found: Finding,
): Change {
  return {
    kind: 'secret',
    findings: [found],
    options: (options) => varied.withSecrets(options, mend),
  }
}

function here(what: string, mend: Mistake['mend']): Mistake {
  return { code: HERE, message: `The secret of the config ${what}; the sender's does not.`, mend }
}

function there(what: string, mend: Mistake['mend']): Mistake {
  return { code: THERE, message: `The secret at the sender ${what}; the config's does not.`, mend }
}

function encoded(how: string, mend: Mistake['mend']): Mistake {
  return { code: ENCODED, message: `The sender signs with the config's secret ${how}.`, mend }
}

function unquoted(secret: string): string {
  return secret.replace(QUOTES, '$2')
}

function bare(secret: string): string {
  return secret.replace(/^whsec_/, '')
}

function whsec(text: string): string {
  return `whsec_${Buffer.from(text).toString('base64')}`
}

function urlDecoded(secret: string): string | null {
  try {
    return decodeURIComponent(secret)
  } catch {
    return null
  }
}

/** Null where it is not in that encoding, or encodes no text: options hold text only. */
function decoded(secret: string, encoding: 'hex' | 'base64' | 'base64url'): string | null {
  const bytes = decodeStrictly(secret, encoding)
  if (bytes === null || bytes.byteLength === 0) return null
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? text : null
}
