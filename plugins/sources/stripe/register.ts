import {
  type ApiAnswer,
  collectionRegistrar,
  HooklineError,
  type HookRegistrar,
  hookMark,
  isJsonObject,
  type MissedDeliveries,
  ProviderApi,
  type RemoteHook,
  registerEvents,
  registerFields,
  z,
} from '../../../core/sdk/source.ts'
import { stripeMissed } from './missed.ts'

const TARGET = 'account'
const PATH = '/v1/webhook_endpoints'

/** The option `register` of a `stripe` source. */
export const stripeRegister = z
  .strictObject({
    events: registerEvents('`invoice.paid`, `*` for all'),
    ...registerFields({
      apiUrl: 'https://api.stripe.com',
      token: 'Secret key, best a restricted one that may write webhook endpoints: `rk_live_…`.',
    }),
  })
  .optional()
  .describe(
    'Registers the endpoint at Stripe. Its signing secret, which Stripe gives once, is kept in the data folder; `secret` is then not needed.',
  )

interface SigningSecrets {
  /** Whether deliveries of an endpoint that exists can be verified. */
  isKnown(): boolean
  add(secret: string): void
}

type StripeRegister = NonNullable<z.output<typeof stripeRegister>>

/** Asks for events of the account. */
export function stripeMissedAt(options: StripeRegister, clock: () => number): MissedDeliveries {
  return stripeMissed(stripeApi(options, clock))
}

function stripeApi({ apiUrl, token }: StripeRegister, clock: () => number): ProviderApi {
  return new ProviderApi({
    provider: 'Stripe',
    baseUrl: apiUrl,
    authorize: () => ({ authorization: `Bearer ${token}` }),
    clock,
  })
}

/** Registers the endpoint of an account. */
export function stripeRegistrar(
  options: StripeRegister,
  signing: SigningSecrets,
  clock: () => number,
): HookRegistrar {
  const api = stripeApi(options, clock)
  const hooks = collectionRegistrar({
    api: () => api,
    path: () => PATH,
    update: 'POST',
    read: readEndpoint,
    write: ({ url, events }, isNew) => {
      const form = new URLSearchParams({ url, ...(!isNew && { disabled: 'false' }) })
      for (const event of events) form.append('enabled_events[]', event)
      return { form }
    },
    list: (body) => (isJsonObject(body) ? body['data'] : []),
    next: nextPage,
    created: ({ secret }) => {
      if (typeof secret === 'string') signing.add(secret)
    },
  })
  return {
    ...hooks,
    targets: [TARGET],
    find: async (target, own, signal) => {
      const found = await hooks.find(target, own, signal)
      if (found === null || signing.isKnown()) return found
      throw new HooklineError(
        'registration_taken',
        `Stripe has the endpoint ${found.id} for this URL, but its signing secret is not known`,
        { remedy: 'Give its signing secret as `secret`, or delete the endpoint at Stripe.' },
      )
    },
    apiUrl: options.apiUrl,
    removeAtStop: options.removeAtStop,
    wanted: (_, url, types) => ({
      url,
      events: options.events?.toSorted() ?? endpointEvents(types),
      settings: { status: 'enabled' },
      mark: hookMark(),
    }),
  }
}

/** Stripe knows no families: a rule on `invoice` needs all events. */
function endpointEvents(types: readonly string[] | null): readonly string[] {
  const isFamily = (type: string) => !type.includes('.') || type === 'checkout.session'
  if (types === null || types.length === 0 || types.some(isFamily)) return ['*']
  return [...new Set(types)].toSorted()
}

function nextPage(answer: ApiAnswer): string | null {
  const body = answer.json()
  if (!isJsonObject(body) || body['has_more'] !== true) return null
  const last = Array.isArray(body['data']) ? body['data'].at(-1) : null
  return isJsonObject(last) ? `${PATH}?limit=100&starting_after=${String(last['id'])}` : null
}

function readEndpoint(hook: Readonly<Record<string, unknown>>): RemoteHook | null {
  const { id, url, status, enabled_events: events } = hook
  if (typeof url !== 'string') return null
  return {
    id: String(id),
    url,
    events: Array.isArray(events) ? events.map(String).toSorted() : [],
    settings: { status: String(status) },
  }
}
