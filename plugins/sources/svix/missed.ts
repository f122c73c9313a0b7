import {
  type ApiAnswer,
  HooklineError,
  isJsonObject,
  type JsonObject,
  type ListedDelivery,
  type MissedDeliveries,
  missedOf,
  ProviderApi,
  secret,
  z,
} from '../../../core/sdk/source.ts'

/** Ids in Svix, which become parts of paths. */
const id = () => z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,256}$/, 'must be an id or a uid of Svix')
/** Failed for good, and to be tried again. */
const STATUSES = [2, 3] as const
const PAGE = 50

/** The option `catchUp` of a `svix` source. */
export const svixCatchUp = z
  .strictObject({
    application: id().describe('The application that stands for you: `app_…` or its uid.'),
    endpoint: id()
      .optional()
      .describe(
        'The endpoint that delivers here: `ep_…`. Default: the one with the URL of the source.',
      ),
    token: secret().describe(
      'A token that may read the application: of the app portal, or the API key of the sender.',
    ),
    apiUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address of the API. Default: that of the region that the token names.'),
  })
  .optional()
  .describe('Asks Svix for deliveries that did not arrive.')

type SvixCatchUp = NonNullable<z.output<typeof svixCatchUp>>

/** Messages that an endpoint did not take: https://api.svix.com/docs#tag/Message-Attempt. */
export function svixMissed(
  { application, endpoint, token, apiUrl = regionUrl(token) }: SvixCatchUp,
  typeOf: (payload: JsonObject) => string,
  clock: () => number,
): MissedDeliveries {
  const api = new ProviderApi({
    ...{ provider: 'Svix', baseUrl: apiUrl, clock },
    authorize: () => ({ authorization: `Bearer ${token}` }),
  })
  const endpoints = `/api/v1/app/${application}/endpoint`
  return {
    at: {
      targets: [application],
      find: async (_, url, signal) => endpoint ?? (await endpointAt(api, endpoints, url, signal)),
    },
    list: ({ hook, since, signal }) =>
      missedOf(pagesOf(api, `${endpoints}/${hook}/msg`, typeOf, since, signal), since),
  }
}

/** As the libraries of Svix find it. */
function regionUrl(token: string): string {
  const [, region = ''] = token.split('.')
  return /^(us|eu|in|ca|au)$/.test(region)
    ? `https://api.${region}.svix.com`
    : 'https://api.svix.com'
}

async function endpointAt(api: ProviderApi, path: string, url: string, signal: AbortSignal) {
  const query = { limit: 250 }
  for await (const answer of api.pages(path, { signal, query }, nextPage(path, query))) {
    const found = dataOf(path, answer).find((one) => one['url'] === url)
    if (found !== undefined) return String(found['id'])
  }
  const message = `Svix: GET ${path}: no endpoint has the URL ${url}`
  const remedy = 'Give the id of the endpoint that delivers here as `catchUp.endpoint`.'
  throw new HooklineError('provider_not_found', message, { remedy })
}

async function* pagesOf(
  api: ProviderApi,
  path: string,
  typeOf: (payload: JsonObject) => string,
  since: Date,
  signal: AbortSignal,
) {
  for (const status of STATUSES) {
    const query = { limit: PAGE, status, after: since.toISOString(), with_content: 'true' }
    for await (const answer of api.pages(path, { signal, query }, nextPage(path, query))) {
      const listed = dataOf(path, answer).map((message) => toListed(path, message, typeOf))
      // An empty page would end the next list, too.
      const found = listed.filter(({ sentAt }) => sentAt >= since)
      if (found.length > 0) yield found
    }
  }
}

function toListed(
  path: string,
  { id: senderId, timestamp, payload }: JsonObject,
  typeOf: (payload: JsonObject) => string,
): ListedDelivery {
  const sentAt = new Date(String(timestamp))
  if (typeof senderId !== 'string' || !isJsonObject(payload) || Number.isNaN(sentAt.getTime())) {
    throw unusable(path, 'has a message without its id, its time or its payload')
  }
  const headers = { 'content-type': 'application/json', 'svix-id': senderId }
  return {
    ...{ senderId, type: typeOf(payload), sentAt, hasArrived: false },
    fetch: async () => ({ headers, body: Buffer.from(JSON.stringify(payload)), isExact: false }),
  }
}

function nextPage(path: string, query: Readonly<Record<string, string | number>>) {
  return (answer: ApiAnswer): string | null => {
    const body = answer.json()
    if (!isJsonObject(body) || body['done'] !== false) return null
    const { iterator } = body
    if (typeof iterator !== 'string') return null
    const texts = Object.entries(query).map(([name, value]) => [name, String(value)])
    const more = new URLSearchParams({ ...Object.fromEntries(texts), iterator })
    return `${path.slice(1)}?${more}`
  }
}

function dataOf(path: string, answer: ApiAnswer): readonly JsonObject[] {
  const body = answer.json()
  const data = isJsonObject(body) ? body['data'] : null
  if (Array.isArray(data) && data.every(isJsonObject)) return data
  throw unusable(path, 'is no list')
}

function unusable(path: string, what: string): HooklineError {
  return new HooklineError('provider_answer_unusable', `Svix: GET ${path}: the answer ${what}.`)
}
