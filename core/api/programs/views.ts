import type { ProgramSettings, RunningConfig, RunningProgram } from '../../contracts/config.ts'
import type { EventCatalog, FactDoc } from '../../contracts/event.ts'
import { OWN_EVENTS, OWN_SOURCE } from '../../own-events/catalog.ts'
import { PartViews } from '../config/views.ts'
import type { PauseView } from '../pauses/views.ts'
import { isAsked } from './run.ts'

/** A param of a program, with what the facts of its rules' events say about it. */
interface ParamView {
  readonly name: string
  readonly default: string | null
  /** Null: it is no documented fact, or the events do not agree. */
  readonly type: FactDoc['type'] | null
  readonly description: string | null
}

/** What keeps tasks of a program from being run. */
interface ProgramState {
  readonly waitingFor: readonly string[] | null
  readonly pause: PauseView | null
}

/** A program in force, as the API shows it: what it takes and how it is run, but no options of its plugin. */
export function programView(
  config: RunningConfig,
  { name, origin, definition, settings }: RunningProgram,
  state: ProgramState,
) {
  const rules = config.rules.filter(
    ({ program, steps }) => program === name || steps.some((step) => step.program === name),
  )
  const catalogs = rules.map(({ on }) => factsOn(config, on))
  const params = settings.params.filter(isAsked).map((param): ParamView => {
    const docs = catalogs.map((facts) => facts.get(param.name))
    const [first] = docs
    const agree = first !== undefined && docs.every((doc) => doc?.type === first.type)
    return {
      name: param.name,
      default: param.default,
      type: agree ? first.type : null,
      description: agree ? first.description : null,
    }
  })
  return {
    name,
    executor: definition.name,
    summary: definition.summary,
    origin: new PartViews(config).origin(origin),
    rules: rules.map(({ id }) => id),
    params,
    schema: paramsSchema(params),
    timeoutSeconds: settings.timeoutSeconds,
    retry: settings.retry,
    policy: settings.policy,
    breaker: settings.breaker === null ? null : breakerView(settings.breaker),
    expect: settings.expect === null ? null : { withinSeconds: settings.expect.withinMs / 1000 },
    runsOn: settings.runsOn,
    ...state,
  }
}

export type ProgramView = ReturnType<typeof programView>

function breakerView({ after, probeMs }: NonNullable<ProgramSettings['breaker']>) {
  return { after, probeSeconds: probeMs / 1000 }
}

/** JSON Schema of the `params` of a run. */
function paramsSchema(params: readonly ParamView[]) {
  return {
    type: 'object',
    properties: Object.fromEntries(params.map((param) => [param.name, paramSchema(param)])),
    required: params.filter((param) => param.default === null).map(({ name }) => name),
    additionalProperties: false,
  }
}

function paramSchema({ type, description, default: text }: ParamView) {
  return {
    type: type ?? ['string', 'number', 'boolean'],
    ...(description === null ? {} : { description }),
    ...(text === null ? {} : { default: typed(text, type) }),
  }
}

function typed(text: string, type: ParamView['type']): string | number | boolean {
  if (type === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  return type === 'boolean' && /^(true|false)$/.test(text) ? text === 'true' : text
}

/** Documented facts of the events that a rule is on. */
function factsOn({ sources }: RunningConfig, on: string): ReadonlyMap<string, FactDoc> {
  const [source = '', ...words] = on.split('.')
  const type = words.join('.')
  const catalog: EventCatalog =
    source === OWN_SOURCE ? OWN_EVENTS : (sources.get(source)?.definition.events ?? {})
  const related = Object.entries(catalog).filter(
    ([known]) =>
      known === '*' || `${known}.`.startsWith(type) || `${type}.`.startsWith(`${known}.`),
  )
  return new Map(related.flatMap(([, { facts }]) => Object.entries(facts)))
}
