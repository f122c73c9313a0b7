import { TOKEN_MISTAKE } from '../../kit/token-mistakes.ts'
import type { SourceOptions, VariedSource } from '../../kit/vary-source.ts'
import { MASK } from '../mask-headers.ts'
import { type DeliveryParts, ReceivedDelivery } from '../received-delivery.ts'
import { signAs } from './expected.ts'
import { type Finding, finding } from './finding.ts'
import type { Budget } from './trials.ts'

/** Names of the headers whose values were not kept. */
export function maskedHeaders({ headers }: DeliveryParts): readonly string[] {
  return Object.keys(headers).filter((name) => headers[name] === MASK)
}

/**
 * The options of a source less those for what was not kept of the delivery, so that the rest can be tried; null where
 * nothing is left.
 */
export async function optionsForRest(
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
    const holds = await budget.asks(instance, new ReceivedDelivery(delivery))
    if (holds && !(await budget.asks(instance, bare))) return options
  }
  return null
}

/** What can be said of a token: it is not kept, so it cannot be compared again. Empty where none was there. */
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
  const isInQuery = parts.path.includes(MASK) && signed !== null && signed.path !== parts.path
  if (isInQuery) places.push('the query of the URL')
  if (places.length === 0) return []
  const message = `A token was there, in ${places.join(' and ')}. Tokens are not kept, so it cannot be compared again; it was refused because: ${reason}.`
  return [finding('token_not_kept', message)]
}
