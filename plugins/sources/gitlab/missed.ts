import {
  HooklineError,
  isJsonObject,
  type JsonObject,
  type ListedDelivery,
  type MissedDeliveries,
  missedOf,
  type ProviderApi,
} from '../../../core/sdk/source.ts'
import { eventName } from './names.ts'

/** Events of webhooks, which GitLab keeps for seven days: https://docs.gitlab.com/api/project_webhooks/. */
export function gitlabMissed(
  api: ProviderApi,
  pathOf: (target: string) => string,
): MissedDeliveries {
  return {
    list: ({ target, hook, since, signal }) => {
      const path = `${pathOf(target)}/${encodeURIComponent(hook)}/events`
      return missedOf(pagesOf(api, path, signal), since)
    },
  }
}

async function* pagesOf(api: ProviderApi, path: string, signal: AbortSignal) {
  for await (const answer of api.pages(path, { signal, query: { per_page: 20 } })) {
    const list = answer.json()
    if (!Array.isArray(list)) throw unusable(path, 'is no list')
    yield list.map((entry) => toListed(path, isJsonObject(entry) ? entry : {}))
  }
}

/** The list has the whole request, but not the token: it could not be verified. */
function toListed(path: string, entry: JsonObject): ListedDelivery {
  const { request_headers: given, request_data: payload, response_status: status } = entry
  const sentAt = new Date(String(entry['created_at']))
  if (!isJsonObject(given) || !isJsonObject(payload) || Number.isNaN(sentAt.getTime())) {
    throw unusable(path, 'has an event without its request or its time: GitLab may be too old')
  }
  const headers = Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  return {
    senderId: headers['idempotency-key'] ?? String(entry['id']),
    type: String(eventName(payload, headers)),
    sentAt,
    hasArrived: /^2\d\d$/.test(String(status)),
    fetch: async () => ({ headers, body: Buffer.from(JSON.stringify(payload)), isExact: false }),
  }
}

function unusable(path: string, what: string): HooklineError {
  return new HooklineError('provider_answer_unusable', `GitLab: GET ${path}: the answer ${what}.`)
}
