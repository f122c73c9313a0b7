import type { KeyObject } from 'node:crypto'
import { computeHmac, hmacKeys } from '../../../core/sdk/executor.ts'

/** What is signed. */
export interface Message {
  /** The id of the message, the same each time it is sent. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly body: string
}

/** Returns the headers of https://www.standardwebhooks.com for a message, with one signature for each secret. */
export type Signer = (message: Message) => Readonly<Record<string, string>>

/** A signer with these secrets: `whsec_…`, or any text. Throws `option_invalid`. */
export function signerOf(secrets: readonly string[]): Signer {
  const keys = secrets.flatMap((secret): readonly KeyObject[] =>
    hmacKeys([secret], secret.startsWith('whsec_') ? 'whsec' : 'text'),
  )
  return ({ id, now, body }) => {
    const timestamp = String(Math.floor(now / 1000))
    const signatures = keys.map(
      (key) => `v1,${computeHmac('sha256', key, [`${id}.${timestamp}.`, body]).toString('base64')}`,
    )
    return {
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.join(' '),
    }
  }
}
