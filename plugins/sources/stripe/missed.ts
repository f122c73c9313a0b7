import {
  type ApiAnswer,
  HooklineError,
  isJsonObject,
  type JsonObject,
  type ListedDelivery,
  type MissedDeliveries,
  missedOf,
  type ProviderApi,
} from '../../../core/sdk/source.ts'

const PATH = '/v1/events'

/** Events that an endpoint has not confirmed, which Stripe keeps for 30 days: https://docs.stripe.com/api/events/list. */
export function stripeMissed(api: ProviderApi): MissedDeliveries {
  return {
    list: ({ since, signal }) => missedOf(pagesOf(api, since, signal), since),
  }
}

async function* pagesOf(api: ProviderApi, since: Date, signal: AbortSignal) {
  const query = queryOf(since)
  const next = (answer: ApiAnswer) => {
    const body = answer.json()
    const last = dataOf(body).at(-1)
    if (last === undefined || !isJsonObject(body) || body['has_more'] !== true) return null
    const more = new URLSearchParams({ ...query, starting_after: String(last['id']) })
    return `${PATH.slice(1)}?${more}`
  }
  for await (const answer of api.pages(PATH, { signal, query }, next)) {
    yield dataOf(answer.json()).map(toListed)
  }
}

function queryOf(since: Date) {
  const from = String(Math.floor(since.getTime() / 1000))
  return { limit: '100', delivery_success: 'false', 'created[gte]': from }
}

function dataOf(body: unknown): readonly JsonObject[] {
  const data = isJsonObject(body) ? body['data'] : null
  if (Array.isArray(data) && data.every(isJsonObject)) return data
  const message = `Stripe: GET ${PATH}: the answer is no list of events.`
  throw new HooklineError('provider_answer_unusable', message)
}

/** The list has the whole events. Stripe signs only what it sends. */
function toListed(event: JsonObject): ListedDelivery {
  const { id, type, created } = event
  const headers = { 'content-type': 'application/json; charset=utf-8' }
  return {
    senderId: String(id),
    type: String(type),
    sentAt: new Date(Number(created) * 1000),
    hasArrived: false,
    fetch: async () => ({ headers, body: Buffer.from(JSON.stringify(event)), isExact: false }),
  }
}
