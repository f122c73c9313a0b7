import {
  type FetchedDelivery,
  HooklineError,
  isJsonObject,
  type JsonObject,
  type ListedDelivery,
  type MissedDeliveries,
  mediaType,
  missedOf,
  type ProviderApi,
} from '../../../core/sdk/source.ts'

/** Where the deliveries of a webhook are listed. */
interface GithubDeliveries {
  readonly api: ProviderApi
  readonly path: string
}

/** Deliveries that GitHub tried to make, which it tells for three days: https://docs.github.com/en/rest/repos/webhooks. */
export function githubMissed(
  at: (target: string, hook: string) => GithubDeliveries,
): MissedDeliveries {
  return {
    list: ({ target, hook, since, signal }) => missedOf(pagesOf(at(target, hook), signal), since),
  }
}

async function* pagesOf({ api, path }: GithubDeliveries, signal: AbortSignal) {
  for await (const answer of api.pages(path, { signal, query: { per_page: 100 } })) {
    const list = answer.json()
    if (!Array.isArray(list)) throw unusable(path, 'is no list')
    yield list.map((entry) => toListed(api, path, isJsonObject(entry) ? entry : {}))
  }
}

function toListed(api: ProviderApi, path: string, entry: JsonObject): ListedDelivery {
  const { id, guid, event, action, delivered_at: deliveredAt, status_code: status } = entry
  const sentAt = new Date(String(deliveredAt))
  if (typeof guid !== 'string' || Number.isNaN(sentAt.getTime())) {
    throw unusable(path, 'has a delivery without its guid or its time')
  }
  return {
    senderId: guid,
    type: typeof action === 'string' ? `${String(event)}.${action}` : String(event),
    sentAt,
    hasArrived: typeof status === 'number' && status >= 200 && status < 300,
    fetch: async (signal) => {
      const whole = `${path}/${encodeURIComponent(String(id))}`
      const body = (await api.call('GET', whole, { signal })).json()
      const request = isJsonObject(body) ? body['request'] : null
      if (!isJsonObject(request)) throw unusable(whole, 'has no request')
      return toFetched(request, whole)
    },
  }
}

/** GitHub sends compact JSON and tells the payload as an object, so that the bytes are nearly always the same. */
function toFetched({ headers: given, payload }: JsonObject, path: string): FetchedDelivery {
  if (!isJsonObject(given) || !isJsonObject(payload)) throw unusable(path, 'has no payload')
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  const json = JSON.stringify(payload)
  const isForm = mediaType(headers['content-type']) === 'application/x-www-form-urlencoded'
  const text = isForm ? new URLSearchParams({ payload: json }).toString() : json
  return { headers, body: Buffer.from(text), isExact: false }
}

function unusable(path: string, what: string): HooklineError {
  return new HooklineError('provider_answer_unusable', `GitHub: GET ${path}: the answer ${what}.`)
}
