import type { RunningConfig } from '../contracts/config.ts'
import type { HookRegistrar } from '../contracts/provider/registration.ts'
import { HooklineError } from '../errors/errors.ts'
import { webhookPath } from '../settings/webhook-path.ts'
import type { RegistrationRecord } from './record.ts'

export type RegistrationRecords = ReadonlyMap<string, RegistrationRecord>

/** A webhook that is wanted at a provider, or was. */
export interface WantedRegistration {
  readonly source: string
  readonly target: string
  readonly registrar: HookRegistrar
  /** Where the provider is to deliver. */
  readonly url: string
  /** Types of events that rules are on; null for all. */
  readonly types: readonly string[] | null
  /** Events that a person has chosen, in the provider's words. Null: those of the config or of the rules. */
  readonly events: readonly string[] | null
  /** Who wants it. `left`: nobody any more. */
  readonly origin: 'config' | 'hand' | 'left'
}

/** What a person asks for. */
export interface RegistrationRequest {
  readonly action: 'register' | 'unregister'
  /** Default: every source with the option `register`. */
  readonly source?: string | undefined
  /** Default: all of the source. Others than those of the config are added. */
  readonly targets?: readonly string[] | undefined
  /** For targets that the config does not name. Default: what it was, or else as for targets of the config. */
  readonly events?: readonly string[] | undefined
  readonly dryRun?: boolean | undefined
}

/** The webhooks that the config names, then those that were added, then those that are left of either. */
export function knownRegistrations(
  config: RunningConfig,
  records: RegistrationRecords,
): readonly WantedRegistration[] {
  return registrables(config).flatMap((source) => {
    const { targets, others: open } = source.registrar
    const named = targets.map(
      (target): WantedRegistration => ({ ...source, target, origin: 'config' }),
    )
    // Providers do not tell `Acme/Shop` from `acme/shop`.
    const names = new Set(targets.map((target) => target.toLowerCase()))
    const others = [...records.values()]
      .filter(({ source: name }) => name === source.source)
      // Without its option, nothing can be done about the webhook of a GitHub App.
      .filter(({ target }) => !names.has(target.toLowerCase()) && open?.read(target) === target)
      .map(({ target, added }): WantedRegistration => {
        if (added === null) return { ...source, target, origin: 'left' }
        return { ...source, ...added, target, origin: 'hand' }
      })
    return [...named, ...others.filter(isWanted), ...others.filter((one) => !isWanted(one))]
  })
}

/** Those that somebody wants. */
export function wantedRegistrations(
  config: RunningConfig,
  records: RegistrationRecords,
): readonly WantedRegistration[] {
  return knownRegistrations(config, records).filter(isWanted)
}

function isWanted({ origin }: WantedRegistration): boolean {
  return origin !== 'left'
}

type Registrable = Omit<WantedRegistration, 'target' | 'origin'>

/** Sources with the option `register`. */
function registrables(config: RunningConfig): readonly Registrable[] {
  return [...config.sources.values()].flatMap(({ name, path, instance: { registrar } }) => {
    if (registrar === undefined) return []
    const url = config.settings.publicUrl + webhookPath(name, path)
    return [{ source: name, registrar, url, types: typesOf(config, name), events: null }]
  })
}

/** The types that rules are on. A rule on the whole source wants all; without a rule, all can be tried out. */
function typesOf({ rules }: RunningConfig, source: string): readonly string[] | null {
  const own = rules.map(({ on }) => on).filter((on) => `${on}.`.startsWith(`${source}.`))
  if (own.length === 0 || own.includes(source)) return null
  return own.map((on) => on.slice(source.length + 1))
}

/** What a request is about. Throws `registration_unknown` and `registration_events`. */
export function chooseRegistrations(
  config: RunningConfig,
  records: RegistrationRecords,
  request: RegistrationRequest,
): readonly WantedRegistration[] {
  const { action, source, targets = [], events } = request
  const sources = registrables(config).filter(
    (one) => source === undefined || one.source === source,
  )
  if (sources.length === 0) {
    const message =
      source === undefined
        ? 'No source has the option `register`'
        : `The source '${source.slice(0, 64)}' has no option \`register\``
    throw new HooklineError('registration_unknown', message)
  }
  const all = knownRegistrations(config, records).filter(
    (one) => source === undefined || one.source === source,
  )
  const known = action === 'unregister' ? all : all.filter(isWanted)
  if (targets.length > 0) return targets.map((text) => chooseOne(text, request, sources, known))
  if (events === undefined) return known
  throw new HooklineError('registration_events', 'Events are chosen for single targets only')
}

function chooseOne(
  text: string,
  { action, events: chosen }: RegistrationRequest,
  sources: readonly Registrable[],
  known: readonly WantedRegistration[],
): WantedRegistration {
  const events = chosen ?? null
  // Another target can be added to one source only.
  const source = sources.length === 1 ? sources[0] : undefined
  const other = source?.registrar.others?.read(text) ?? null
  const target = other ?? text
  const found = known.find((one) => one.target.toLowerCase() === target.toLowerCase())
  if (found?.origin === 'config' && events !== null) {
    const message = `The config names ${found.target}, so it also says which events are wanted`
    throw new HooklineError('registration_events', message)
  }
  if (found !== undefined) return { ...found, events: events ?? found.events }
  if (source !== undefined && other !== null && action === 'register') {
    return { ...source, target, events, origin: 'hand' }
  }
  const there = known.map((one) => one.target).join(', ') || 'none'
  const forms = (source?.registrar.others?.forms ?? []).map((form) => `\`${form}\``)
  const written = forms.length > 0 && action === 'register' ? `. Write ${forms.join(' or ')}` : ''
  throw new HooklineError(
    'registration_unknown',
    `There is no target '${text.slice(0, 200)}'. There are: ${there}${written}`,
  )
}
