import type { Condition, RunningRule, WrittenRule } from '../contracts/config.ts'
import type { EventCatalog } from '../contracts/event.ts'
import type { ProgramPolicy } from '../contracts/policy.ts'
import type { SourceDefinition } from '../contracts/source.ts'
import { compileCondition, functionCondition } from '../kit/condition.ts'
import { isHooklineError } from '../kit/errors.ts'
import { nearestName, suggestion } from '../kit/nearest-name.ts'
import { OWN_EVENTS, OWN_SOURCE } from '../kit/own-events.ts'
import { below, type Fault, faultAt, givenText, type Place, pathText } from './fault.ts'
import { catalogFacts, isCatalogued } from './known-facts.ts'
import type { Layers, Said } from './layers.ts'
import { PolicyKeys, type PolicyKeysInput } from './policy-keys.ts'
import { policySchema } from './policy-schema.ts'
import type { RuleForm } from './schema.ts'

const DEFAULT_POLICY = policySchema.parse({})

export interface RulesInput extends PolicyKeysInput {
  /** The plugin of each source that has one. */
  readonly definitions: ReadonlyMap<string, SourceDefinition>
}

export interface Rules {
  readonly rules: readonly RunningRule[]
  readonly written: readonly WrittenRule[]
  readonly faults: readonly Fault[]
  readonly warnings: readonly string[]
}

/** Makes the rules of what the layers say: one for each program that a rule runs. */
export function makeRules(input: RulesInput): Rules {
  const rules: RunningRule[] = []
  const written: WrittenRule[] = []
  const faults: Fault[] = []
  const warnings: string[] = []
  const keys = new PolicyKeys(input)
  const ids = new Map<string, Said<RuleForm>>()
  const named = new Set(input.layers.rules.flatMap(({ value }) => explicitIds(value)))
  for (const said of input.layers.rules) {
    const { on, run } = said.value
    faults.push(...nameFaults(said, input.layers))
    const catalog = catalogOf(said, input)
    if (catalog !== null) warnings.push(...typeWarnings(said, catalog))
    if (on === OWN_SOURCE && said.value.when === undefined) warnings.push(ownWarning(said))
    const condition = compile(said, catalog)
    if (condition !== null && 'remedy' in condition) {
      faults.push(condition)
      continue
    }
    const explicit = explicitIds(said.value)
    const made = rules.length
    for (const [index, program] of [run].flat().entries()) {
      const id =
        explicit[index] ?? freeId(`${program} on ${on}`, (id) => named.has(id) || ids.has(id))
      if (ids.has(id)) {
        faults.push(
          faultAt(below(said.place, 'name'), 'rule_clash', {
            message: `two rules have the id \`${id}\``,
          }),
        )
      }
      ids.set(id, said)
      const { answer = 'accepted' } = said.value
      const rule = { id, origin: said.origin, on, program, condition, answer }
      const policyKey = keys.of(program, factsOf(on, catalog), id)
      rules.push({ ...rule, policyKey, policy: policyOf(program, input) })
    }
    written.push(writtenOf(said, rules[made]?.id ?? ''))
  }
  return { rules, written, faults: [...faults, ...keys.faults], warnings }
}

function writtenOf({ value, origin }: Said<RuleForm>, firstId: string): WrittenRule {
  const { name = firstId, on, when = null, run, answer = 'accepted' } = value
  return { name, origin, on, when: typeof when === 'function' ? '[function]' : when, run, answer }
}

function explicitIds({ name, run }: RuleForm): readonly string[] {
  if (name === undefined) return []
  return typeof run === 'string' ? [name] : run.map((program) => `${name}:${program}`)
}

function freeId(wanted: string, isTaken: (id: string) => boolean): string {
  let id = wanted
  for (let number = 2; isTaken(id); number++) id = `${wanted} #${number}`
  return id
}

function nameFaults({ value, place, origin }: Said<RuleForm>, layers: Layers): readonly Fault[] {
  const faults: Fault[] = []
  const names = origin.layer === 'managed' ? layers.names : layers.fileNames
  const [source = ''] = value.on.split('.')
  if (source !== OWN_SOURCE && !names.sources.has(source)) {
    const near = suggestion(source, [...names.sources, OWN_SOURCE]).trim()
    faults.push(
      faultAt(partOf(place, 'on'), 'rule_source_unknown', {
        message: `there is no source \`${source}\``,
        given: givenText(value.on),
        ...(near === '' ? {} : { remedy: near }),
      }),
    )
  }
  for (const [index, program] of [value.run].flat().entries()) {
    if (names.programs.has(program)) continue
    const at = typeof value.run === 'string' ? partOf(place, 'run') : partOf(place, 'run', index)
    const near = suggestion(program, names.programs).trim()
    faults.push(
      faultAt(at, 'program_unknown', {
        message: `there is no program \`${program}\``,
        given: givenText(program),
        ...(near === '' ? {} : { remedy: near }),
      }),
    )
  }
  return faults
}

function catalogOf({ value }: Said<RuleForm>, { definitions }: RulesInput): EventCatalog | null {
  const [source = ''] = value.on.split('.')
  if (source === OWN_SOURCE) return OWN_EVENTS
  return definitions.get(source)?.events ?? null
}

function ownWarning({ value, origin, place }: Said<RuleForm>): string {
  const programs = [value.run].flat().join(', ')
  const where = `${origin.file ?? 'managed config'}: ${pathText(place.path)}`
  return `${where}: \`on: '${OWN_SOURCE}'\` runs ${programs} for every task that ends and every delivery that is refused; name an event type: \`${OWN_SOURCE}.task.dead\`.`
}

function typeWarnings(
  { value, origin, place }: Said<RuleForm>,
  catalog: EventCatalog,
): readonly string[] {
  const [source = '', ...words] = value.on.split('.')
  const type = words.join('.')
  if (type === '' || isCatalogued(catalog, type)) return []
  const near = nearestName(type, Object.keys(catalog))
  const hint = near === null ? '' : ` Did you mean \`${source}.${near}\`?`
  const where = `${origin.file ?? 'managed config'}: ${pathText(place.path)}`
  return [`${where}: \`${value.on}\` is not among the known events of \`${source}\`.${hint}`]
}

function compile(
  { value, place }: Said<RuleForm>,
  catalog: EventCatalog | null,
): Condition | Fault | null {
  const { when, on } = value
  if (when === undefined) return null
  try {
    if (typeof when === 'function') return functionCondition(when as (event: unknown) => unknown)
    return compileCondition(when, { facts: factsOf(on, catalog) })
  } catch (error) {
    if (!isHooklineError(error)) throw error
    return faultAt(partOf(place, 'when'), error.code, {
      message: error.message,
      remedy: error.remedy,
    })
  }
}

function factsOf(on: string, catalog: EventCatalog | null): ReadonlySet<string> | null {
  const type = on.split('.').slice(1).join('.')
  return catalog === null ? null : catalogFacts(catalog, type)
}

// A program that is not there, or has faults, is a fault already.
function policyOf(program: string, { programs }: RulesInput): ProgramPolicy {
  return programs.get(program)?.settings.policy ?? DEFAULT_POLICY
}

// A rule of the mapping has its parts in the path already.
function partOf(place: Place, ...path: readonly (string | number)[]): Place {
  return place.path[0] === 'mapping' ? place : below(place, ...path)
}
