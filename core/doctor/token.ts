import { type DeliveryParts, ReceivedDelivery } from '../matching/received-delivery.ts'
import { REDACTED } from '../redaction/redacted.ts'
import { TOKEN_MISTAKE } from '../sdk/signing/token-mistakes.ts'
import { signAs } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import type { Budget } from './trials.ts'
import type { SourceOptions, VariedSource } from './vary-source.ts'

/** Names of the headers whose values were masked. */
function maskedHeaders({ headers }: DeliveryParts): readonly string[] {
  return Object.keys(headers).filter((name) => headers[name] === REDACTED)
}

/**
 * The options of a source without those that check masked values, so that the rest of the delivery can be checked; null
 * if nothing remains to check.
 */
export async function optionsWithoutMasked(
  varied: VariedSource,
  parts: DeliveryParts,
  budget: Budget,
): Promise<SourceOptions | null> {
  const now = () => parts.receivedAt.getTime()
  const signed = (options: SourceOptions) => {
    const instance = varied.create(options, now)
    return { instance, delivery: instance === null ? null : signAs(instance, parts) }
  }
  const masked = maskedHeaders(parts)
  const isUsed = (headers: DeliveryParts['headers'] | undefined) =>
    masked.some((name) => headers?.[name] !== undefined)
  if (!isUsed(signed(varied.options).delivery?.headers)) return varied.options
  for (const name of varied.secretOptions) {
    const { [name]: _, ...options } = varied.options
    const { instance, delivery } = signed(options)
    if (instance === null || delivery === null || isUsed(delivery.headers)) continue
    const bare = new ReceivedDelivery({ ...delivery, headers: {}, path: '/' })
    const holds = await budget.accepts(instance, new ReceivedDelivery(delivery))
    if (holds && !(await budget.accepts(instance, bare))) return options
  }
  return null
}

/** Findings about a token, which is not kept and so cannot be compared again. Empty if the delivery had no token. */
export function tokenFindings(
  varied: VariedSource,
  parts: DeliveryParts,
  reason: string,
): readonly Finding[] {
  const at = reason.indexOf(TOKEN_MISTAKE)
  if (at >= 0) {
    const mistake = reason.slice(at + TOKEN_MISTAKE.length)
    return [finding('token_malformed', `The token is right, but ${mistake}.`)]
  }
  const instance = varied.create(varied.options, () => parts.receivedAt.getTime())
  const signed = instance === null ? null : signAs(instance, parts)
  const used = maskedHeaders(parts).filter((name) => signed?.headers[name] !== undefined)
  const places = used.map((name) => `header ${name}`)
  const isInQuery = parts.path.includes(REDACTED) && signed !== null && signed.path !== parts.path
  if (isInQuery) places.push('the query of the URL')
  if (places.length === 0) return []
  const message = `A token was there, in ${places.join(' and ')}. Tokens are not kept, so it cannot be compared again; it was refused because: ${reason}.`
  return [finding('token_not_kept', message)]
}
