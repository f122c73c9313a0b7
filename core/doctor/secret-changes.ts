import { randomBytes } from 'node:crypto'
import { decodeStrictly, urlDecoded } from '../kit/encoding.ts'
import { type Finding, type FindingCode, finding } from './finding.ts'
import type { Change, Trials } from './trials.ts'
import type { VariedSource } from './vary-source.ts'

interface Mistake {
  readonly code: FindingCode
  readonly message: string
  /** The secret without the mistake; unchanged if it does not have it, null if it cannot have it. */
  readonly correct: (secret: string) => string | null
}

/** A secret of another source. */
export interface ForeignSecret {
  readonly secret: string
  readonly place: string
}

const MAX_FOREIGN = 200
const HERE = 'secret_here_malformed'
const THERE = 'secret_there_malformed'
const ENCODED = 'secret_encoded'
const QUOTES = /^(["'`])(.*)\1$/s
const ASSIGNMENT = /^(?:export )?[A-Za-z_][A-Za-z0-9_]*=(.+)$/s

const MISTAKES: readonly Mistake[] = [
  here('has spaces or line ends at its edges', (secret) => secret.trim()),
  here('is in quotes', (secret) => unquoted(secret.trim())),
  here('has `\\n` at its end, as two characters', (secret) => secret.replace(/(\\r)?\\n$/, '')),
  here('begins with the name of its variable and `=`', (secret) => {
    return unquoted(secret.trim().replace(ASSIGNMENT, '$1'))
  }),
  here('begins with `Bearer`', (secret) => secret.replace(/^bearer\s+/i, '')),
  here('has a byte order mark', (secret) => secret.replace(/^\ufeff/, '')),
  here('is URL-encoded', urlDecoded),
  there('has a line end after it', (secret) => `${secret}\n`),
  there('has a line end (CR LF) after it', (secret) => `${secret}\r\n`),
  there('has a space after it', (secret) => `${secret} `),
  there('has a space before it', (secret) => ` ${secret}`),
  there('is in double quotes', (secret) => `"${secret}"`),
  there('is in single quotes', (secret) => `'${secret}'`),
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

/** Mistakes in the secrets of a source, here or at the sender. */
export function secretChanges(
  varied: VariedSource,
  foreign: readonly ForeignSecret[],
): readonly Change[] {
  const own = varied.secrets
  const seen = new Set(own)
  const changes: Change[] = []
  for (const { code, message, correct: mend } of MISTAKES) {
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

/** The secrets of other sources, at most 200. */
export function foreignSecrets(others: readonly VariedSource[]): readonly ForeignSecret[] {
  return others
    .flatMap(({ source, secrets }) =>
      secrets.map((secret) => ({ secret, place: `the source \`${source.name}\`` })),
    )
    .slice(0, MAX_FOREIGN)
}

/** A sentence that says which of several secrets matches with these changes; empty if the source has only one. */
export async function whichSecret(
  trials: Trials,
  varied: VariedSource,
  changes: readonly Change[],
): Promise<string> {
  const { secrets } = varied
  if (secrets.length < 2) return ''
  for (const [index, secret] of secrets.entries()) {
    const other = randomBytes(24).toString('base64')
    const alone: Change = {
      kind: 'secret',
      findings: [],
      options: (options) => varied.withSecrets(options, (each) => (each === secret ? each : other)),
    }
    if (await trials.passes([alone, ...changes])) {
      return ` Of its ${secrets.length} secrets, number ${index + 1} matches.`
    }
  }
  return ''
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

function here(what: string, mend: Mistake['correct']): Mistake {
  return {
    code: HERE,
    message: `The secret of the config ${what}; the sender's does not.`,
    correct: mend,
  }
}

function there(what: string, mend: Mistake['correct']): Mistake {
  return {
    code: THERE,
    message: `The secret at the sender ${what}; the config's does not.`,
    correct: mend,
  }
}

function encoded(how: string, mend: Mistake['correct']): Mistake {
  return {
    code: ENCODED,
    message: `The sender signs with the config's secret ${how}.`,
    correct: mend,
  }
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

/** Null if it is not in that encoding or does not encode text: options hold only text. */
function decoded(secret: string, encoding: 'hex' | 'base64' | 'base64url'): string | null {
  const bytes = decodeStrictly(secret, encoding)
  if (bytes === null || bytes.byteLength === 0) return null
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) ? text : null
}
