import { createHash } from 'node:crypto'
import { z } from 'zod'
import type {
  HookRegistrar,
  OwnHook,
  RemoteHook,
  WantedHook,
} from '../../contracts/provider/registration.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { isRecord } from '../../kit/is-record.ts'
import type { ApiAnswer, ProviderApi } from './client.ts'
import { apiFields } from './status-reporter.ts'

/** Options of `register` that every registrar has: `token`, `apiUrl`, `removeAtStop`. */
export function registerFields(texts: { readonly apiUrl: string; readonly token: string }) {
  return {
    ...apiFields(texts),
    removeAtStop: z
      .boolean()
      .default(false)
      .describe('Removes the webhooks when the service stops, for a URL that ends with it.'),
  }
}

/** The option `events` of a registrar. */
export function registerEvents(example: string) {
  return z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(`Events in the provider's words: ${example}. Default: those that rules are on.`)
}

/** A mark of what cannot be read back. See `WantedHook.mark`. */
export function hookMark(...hidden: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(hidden)).digest('base64url')
}

/** A provider whose webhooks are a list for each target, with ids. */
export interface HookCollection {
  /** The API, as it is called for a target. */
  api(target: string): ProviderApi
  /** Path of the list of a target. */
  path(target: string): string
  /** Method that changes a webhook. */
  readonly update: 'PATCH' | 'PUT' | 'POST'
  /** A webhook of an answer; null for one that is no webhook of this kind. */
  read(hook: Readonly<Record<string, unknown>>): RemoteHook | null
  /** The body that creates a webhook, or changes one. */
  write(
    wanted: WantedHook,
    isNew: boolean,
  ): { readonly json: unknown } | { readonly form: URLSearchParams }
  /** The webhooks of a page. Default: the answer is the list. */
  list?(body: unknown): unknown
  /** Address of the next page. Default: by the header `Link`. */
  next?(answer: ApiAnswer): string | null
  /** Called with the answer that tells of a new webhook, before anything else is done. */
  created?(hook: Readonly<Record<string, unknown>>): void
}

/** Finds, creates, changes and removes webhooks of a collection. */
export function collectionRegistrar(
  collection: HookCollection,
): Pick<HookRegistrar, 'find' | 'put' | 'remove'> {
  const { update, next } = collection
  const hookPath = (target: string, id: string) =>
    `${collection.path(target)}/${encodeURIComponent(id)}`

  async function find(target: string, own: OwnHook, signal: AbortSignal) {
    const api = collection.api(target)
    if (own.id !== null) {
      const known = await orNull(api.call('GET', hookPath(target, own.id), { signal }))
      if (known !== null) return readOne(known)
    }
    for await (const answer of api.pages(
      collection.path(target),
      { signal, query: { per_page: 100 } },
      next,
    )) {
      const body = answer.json()
      const hooks = collection.list?.(body) ?? body
      const found = Array.isArray(hooks) ? hooks.filter(isRecord).map(collection.read) : []
      const ours = found.find((hook) => hook?.url === own.url)
      if (ours !== undefined && ours !== null) return ours
    }
    return null
  }

  async function put(
    target: string,
    wanted: WantedHook,
    current: RemoteHook | null,
    signal: AbortSignal,
  ) {
    const api = collection.api(target)
    const sent = { signal, ...collection.write(wanted, current === null) }
    if (current !== null) return readOne(await api.call(update, hookPath(target, current.id), sent))
    const answer = await api.call('POST', collection.path(target), sent)
    const body = answer.json()
    if (isRecord(body)) collection.created?.(body)
    return readOne(answer)
  }

  function readOne(answer: ApiAnswer): RemoteHook {
    const body = answer.json()
    const hook = isRecord(body) ? collection.read(body) : null
    if (hook !== null) return hook
    throw new HooklineError('provider_answer_unusable', 'The answer is not a webhook of this kind')
  }

  return {
    find,
    put,
    remove: async (target, { id }, signal) => {
      await orNull(collection.api(target).call('DELETE', hookPath(target, id), { signal }))
    },
  }
}

/** The result of a call; null if the provider does not have what it is about. */
export async function orNull<Result>(call: Promise<Result>): Promise<Result | null> {
  try {
    return await call
  } catch (error) {
    if (isHooklineError(error) && error.code === 'provider_not_found') return null
    throw error
  }
}

/** The hook of a place that has room for one. Throws `registration_taken` if somebody else uses it. */
export function soleHook(target: string, hook: RemoteHook, own: OwnHook): RemoteHook | null {
  if (hook.url === '') return null
  if (own.id !== null || hook.url === own.url) return hook
  throw new HooklineError(
    'registration_taken',
    `The webhook of ${target} leads to ${originOf(hook.url)}, which Hookline did not register`,
  )
}

// The path may hold a secret of whoever uses it.
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'another URL'
}
