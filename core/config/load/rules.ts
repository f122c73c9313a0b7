import { createHash } from 'node:crypto'
import { isCatalogued, knownNames } from '../../conditions/known-names.ts'
import type { RuleApproval, RunningRule, WrittenRule } from '../../contracts/config.ts'
import type { EventCatalog } from '../../contracts/event.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import { nearestName, suggestion } from '../../kit/nearest-name.ts'
import { OWN_EVENTS, OWN_SOURCE } from '../../own-events/catalog.ts'
import { below, type ConfigLocation, type Fault, faultAt, givenText, pathText } from '../fault.ts'
import type { RuleForm, StepForm } from '../schema/config.ts'
import { answerFaults } from './answer-faults.ts'
import type { Declared, Layers } from './layers.ts'
import { PolicyKeys, type PolicyKeysInput } from './policy-keys.ts'
import { type ReportInput, reportFaults, reportOf } from './rule-reports.ts'
import { compileWhen, linkFaults, makeSteps, policyOf, unknownProgram } from './rule-steps.ts'

/** Stands for a condition that is a function. */
const FUNCTION = '[function]'

export interface RulesInput extends PolicyKeysInput, ReportInput {
  /** The plugin of each source whose plugin was found. */
  readonly definitions: ReadonlyMap<string, SourceDefinition>
}

export interface Rules {
  readonly rules: readonly RunningRule[]
  readonly written: readonly WrittenRule[]
  readonly faults: readonly Fault[]
  readonly warnings: readonly string[]
}

/** Makes the rules that the layers declare: one for each program that a rule runs. */
export function makeRules(input: RulesInput): Rules {
  const rules: RunningRule[] = []
  const written: WrittenRule[] = []
  const faults: Fault[] = []
  const warnings: string[] = []
  const keys = new PolicyKeys(input)
  const ids = new Map<string, Declared<RuleForm>>()
  const named = new Set(input.layers.rules.flatMap(({ value }) => explicitIds(value)))
  for (const declared of input.layers.rules) {
    const { on, run } = declared.value
    faults.push(...nameFaults(declared, input.layers), ...linkFaults(declared, input.programs))
    const catalog = catalogOf(declared, input)
    const where = `${declared.origin.file ?? 'managed config'}: ${pathText(declared.location.path)}`
    const told = warningsOf(declared.value, catalog, input)
    warnings.push(...told.map((warning) => `${where}: ${warning}`))
    const known = knownNames(on, catalog)
    const condition = compileWhen(declared.value.when, known, partOf(declared.location, 'when'))
    if (condition !== null && 'remedy' in condition) {
      faults.push(condition)
      continue
    }
    faults.push(...answerFaults(declared), ...reportFaults(declared, catalog, input))
    const explicit = explicitIds(declared.value)
    const made = rules.length
    for (const [index, program] of [run].flat().entries()) {
      const id =
        explicit[index] ?? freeId(`${program} on ${on}`, (id) => named.has(id) || ids.has(id))
      if (ids.has(id)) {
        faults.push(
          faultAt(below(declared.location, 'name'), 'rule_clash', {
            message: `two rules have the id \`${id}\``,
          }),
        )
      }
      ids.set(id, declared)
      const { answer = 'accepted', expect = null, approval = null } = declared.value
      const version = ruleVersion(declared.value)
      const report = reportOf(declared.value, program, explicit[index])
      const shared = {
        ...{ origin: declared.origin, on, program, condition },
        ...{ answer, expect, report, approval },
      }
      const { programs } = input
      const names = namesOf(declared, input.layers).programs
      const made = makeSteps(declared, { programs, names, keys, known, rule: id })
      if (index === 0) faults.push(...made.faults)
      const policy = policyOf(program, programs)
      const policyKey = keys.of(program, known, id)
      rules.push({ id, version, ...shared, policyKey, policy, steps: made.steps })
    }
    written.push(writtenOf(declared, rules[made]?.id ?? ''))
  }
  return { rules, written, faults: [...faults, ...keys.faults], warnings }
}

function writtenOf({ value, origin }: Declared<RuleForm>, firstId: string): WrittenRule {
  const { name = firstId, on, when = null, run, then = [], answer = 'accepted', report } = value
  return {
    ...{ name, origin, on, when: typeof when === 'function' ? FUNCTION : when, run },
    steps: then.map(writtenStep),
    approval: writtenApproval(value.approval),
    answer,
    ...(report !== undefined && { report }),
  }
}

function writtenStep(step: StepForm): unknown {
  if (typeof step === 'string') return step
  const { when, approval, ...others } = step
  return {
    ...others,
    ...(when !== undefined && { when: typeof when === 'function' ? FUNCTION : when }),
    ...(approval !== undefined && { approval: writtenApproval(approval) }),
  }
}

function writtenApproval(approval: RuleApproval | undefined): unknown {
  if (approval === undefined) return null
  const { by, timeoutMs, link } = approval
  return { by, timeout: `${timeoutMs / 1000}s`, ...(link && { link }) }
}

/** Of a function only the code is known, and not what it refers to. */
function ruleVersion({ on, when }: RuleForm): string {
  const condition = when === undefined ? null : String(when)
  return createHash('sha256')
    .update(JSON.stringify([on, condition]))
    .digest('hex')
    .slice(0, 8)
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

/** Names that a rule may use: files name only what files have. */
function namesOf({ origin }: Pick<Declared<RuleForm>, 'origin'>, layers: Layers): Layers['names'] {
  return origin.layer === 'managed' ? layers.names : layers.fileNames
}

function nameFaults(
  { value, location, origin }: Declared<RuleForm>,
  layers: Layers,
): readonly Fault[] {
  const faults: Fault[] = []
  const names = namesOf({ origin }, layers)
  const [source = ''] = value.on.split('.')
  if (source !== OWN_SOURCE && !names.sources.has(source)) {
    faults.push(
      faultAt(partOf(location, 'on'), 'rule_source_unknown', {
        message: `there is no source \`${source}\``,
        given: givenText(value.on),
        remedy: suggestion(source, [...names.sources, OWN_SOURCE]).trim(),
      }),
    )
  }
  for (const [index, program] of [value.run].flat().entries()) {
    if (names.programs.has(program)) continue
    const at =
      typeof value.run === 'string' ? partOf(location, 'run') : partOf(location, 'run', index)
    faults.push(unknownProgram(program, at, names.programs))
  }
  return faults
}

function catalogOf(
  { value }: Declared<RuleForm>,
  { definitions }: RulesInput,
): EventCatalog | null {
  const [source = ''] = value.on.split('.')
  if (source === OWN_SOURCE) return OWN_EVENTS
  return definitions.get(source)?.events ?? null
}

function warningsOf(
  rule: RuleForm,
  catalog: EventCatalog | null,
  input: RulesInput,
): readonly string[] {
  return [
    ...(catalog === null ? [] : typeWarnings(rule, catalog)),
    ...actionWarnings(rule, input),
    ...paramWarnings(rule, catalog, input),
    ...ownWarnings(rule),
  ]
}

function ownWarnings({ on, when, run }: RuleForm): readonly string[] {
  if (on !== OWN_SOURCE || when !== undefined) return []
  const programs = [run].flat().join(', ')
  return [
    `\`on: '${OWN_SOURCE}'\` runs ${programs} for every task that ends and every delivery that is refused; name an event type: \`${OWN_SOURCE}.task.dead\`.`,
  ]
}

function typeWarnings({ on }: RuleForm, catalog: EventCatalog): readonly string[] {
  const [source = '', ...words] = on.split('.')
  const type = words.join('.')
  if (type === '' || isCatalogued(catalog, type)) return []
  const near = nearestName(type, Object.keys(catalog))
  const hint = near === null ? '' : ` Did you mean \`${source}.${near}\`?`
  return [`\`${on}\` is not among the known events of \`${source}\`.${hint}`]
}

function actionWarnings({ on }: RuleForm, { definitions }: RulesInput): readonly string[] {
  const [source = '', type = '', action] = on.split('.')
  const actions = definitions.get(source)?.actions?.[type]
  if (action === undefined || actions === undefined || actions.includes(action)) return []
  const near = nearestName(action, actions)
  const hint =
    near === null
      ? ` There are: ${actions.join(', ')}.`
      : ` Did you mean \`${source}.${type}.${near}\`?`
  return [`\`${type}\` has no known action \`${action}\`.${hint}`]
}

/** A param that is no fact is read from the payload, of which only the sender knows the keys. */
function paramWarnings(
  { on, run }: RuleForm,
  catalog: EventCatalog | null,
  { programs }: RulesInput,
): readonly string[] {
  const { facts } = knownNames(on, catalog)
  if (facts === null) return []
  return [run].flat().flatMap((program) =>
    (programs.get(program)?.settings.params ?? []).flatMap(({ name }) => {
      if (facts.has(name) || name === '' || name === 'payload' || name.includes('.')) return []
      const hint = suggestion(name, facts)
      if (hint === '') return []
      return [
        `the param \`${name}\` of \`${program}\` is no fact of \`${on}\`, so it is read from the payload.${hint}`,
      ]
    }),
  )
}

// The path of a mapping's rule leads to the value already.
function partOf(location: ConfigLocation, ...path: readonly (string | number)[]): ConfigLocation {
  return location.path[0] === 'mapping' ? location : below(location, ...path)
}
