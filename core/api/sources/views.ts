import type { RunningConfig, RunningSource } from '../../contracts/config.ts'
import type { EventCatalog } from '../../contracts/event.ts'
import type { SourcePreset } from '../../contracts/source.ts'
import { OWN_EVENTS, OWN_SOURCE } from '../../own-events/catalog.ts'
import { type OriginView, PartViews } from '../config/views.ts'

/** A source in force, as the API shows it: where senders deliver and what it reads, but no options of its plugin. */
export interface SourceView {
  readonly name: string
  /** Null for Hookline's own events, as are `documentation`, `setup`, `url` and `origin`. */
  readonly plugin: string | null
  /** The sender, where the options name one by a preset. */
  readonly sender: string | null
  readonly summary: string
  readonly documentation: string | null
  /** Where its sender is given the URL and the secret. */
  readonly setup: string | null
  /** Where its sender delivers; null: it has none. */
  readonly url: string | null
  /** When a schedule has its next event; null: it has no more, or the source is no schedule. */
  readonly next: string | null
  readonly origin: OriginView | null
  /** Whether its options let anybody deliver. */
  readonly unverified: boolean
  /** Whether `hookline send` can sign for it. */
  readonly signs: boolean
  /** IDs of the rules on it. */
  readonly rules: readonly string[]
}

/** Each type with its facts, among them those that every event of the source has. */
export interface EventTypeView {
  readonly type: string
  readonly description: string
  readonly facts: readonly {
    readonly name: string
    readonly type: 'string' | 'number' | 'boolean'
    readonly description: string
  }[]
}

export type SourceDetailView = SourceView & { readonly events: readonly EventTypeView[] }

const OWN: Omit<SourceView, 'rules'> = {
  name: OWN_SOURCE,
  plugin: null,
  sender: null,
  summary: 'What happens in Hookline itself.',
  documentation: null,
  setup: null,
  url: null,
  next: null,
  origin: null,
  unverified: false,
  signs: false,
}

export function sourceViews(config: RunningConfig): readonly SourceView[] {
  const views = new PartViews(config)
  const sources = [...config.sources.values()].map((source) => fieldsOf(source, views))
  return [...sources, OWN].map((source) => withRules(source, config))
}

/** A source with its event types; null if there is none of the name. */
export function sourceDetailView(config: RunningConfig, name: string): SourceDetailView | null {
  const source = sourceViews(config).find((view) => view.name === name)
  if (source === undefined) return null
  const catalog = config.sources.get(name)?.definition.events ?? OWN_EVENTS
  return { ...source, events: eventViews(catalog) }
}

function fieldsOf(source: RunningSource, views: PartViews): Omit<SourceView, 'rules'> {
  const { name, definition, instance, origin } = source
  const preset = presetOf(source)
  const { documentation, setup } = preset ?? definition
  return {
    name,
    plugin: definition.name,
    sender: preset?.title ?? null,
    summary: definition.summary,
    documentation: documentation ?? null,
    setup: setup ?? null,
    url: definition.hasSender === false ? null : views.url(name),
    next: instance.schedule?.next(new Date())?.toISOString() ?? null,
    origin: views.origin(origin),
    unverified: instance.unverified === true,
    signs: instance.sign !== undefined,
  }
}

/** The preset that the options of a source name. */
function presetOf({ definition, options }: RunningSource): SourcePreset | undefined {
  const { presets = {} } = definition
  const name = String(options['preset'])
  return Object.hasOwn(presets, name) ? presets[name] : undefined
}

function withRules(source: Omit<SourceView, 'rules'>, { rules }: RunningConfig): SourceView {
  const own = rules.filter(({ on }) => on.split('.', 1)[0] === source.name)
  return { ...source, rules: own.map(({ id }) => id) }
}

function eventViews(catalog: EventCatalog): readonly EventTypeView[] {
  const { '*': common, ...events } = catalog
  const docs = Object.entries(events)
  // A source that names no type has events of any type.
  const shown = docs.length === 0 && common !== undefined ? [['*', common] as const] : docs
  return shown.map(([type, { description, facts }]) => ({
    type,
    description,
    facts: Object.entries({ ...facts, ...common?.facts }).map(([name, doc]) => ({ name, ...doc })),
  }))
}
