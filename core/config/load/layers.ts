import type { Origin, ReplacedPart } from '../../contracts/config.ts'
import { isRecord } from '../../kit/is-record.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { OWN_SOURCE } from '../../own-events/catalog.ts'
import { below, type ConfigLocation, type Fault, faultAt, givenText } from '../fault.ts'
import { checkValue } from '../schema/check-value.ts'
import {
  configSchema,
  dropInSchema,
  mappingSchema,
  onSchema,
  type RuleForm,
  ruleSchema,
  type UseForm,
  useSchema,
} from '../schema/config.ts'
import { nameSchema } from '../schema/name.ts'

/** One layer of a config as it was read: a file, or what is managed. */
export interface LayerInput {
  readonly origin: Origin
  /** Folder of its relative paths. */
  readonly baseDir: string
  readonly value: unknown
}

/** A part of a config and where it was declared. */
export interface Declared<Value> {
  readonly value: Value
  readonly origin: Origin
  readonly baseDir: string
  readonly location: ConfigLocation
}

/** All layers merged: of parts with the same name, the last counts. */
export interface Layers {
  readonly sources: ReadonlyMap<string, Declared<UseForm>>
  readonly programs: ReadonlyMap<string, Declared<UseForm>>
  readonly rules: readonly Declared<RuleForm>[]
  /** All declared names, also of parts with faults: a rule that names such a part has no fault itself. */
  readonly names: Names
  /** Names in files alone: files may not depend on managed parts. */
  readonly fileNames: Names
  readonly replaced: readonly ReplacedPart[]
  readonly faults: readonly Fault[]
}

export interface Names {
  readonly sources: ReadonlySet<string>
  readonly programs: ReadonlySet<string>
}

const ALWAYS = new Set(['', '*'])

/** Merges layers in the given order. */
export async function mergeLayers(layers: readonly LayerInput[]): Promise<Layers> {
  const merging = new Merging()
  for (const layer of layers) await merging.add(layer)
  const { sources, programs, rules, names, fileNames, replaced, faults } = merging
  return { sources, programs, rules, names, fileNames, replaced, faults }
}

class Merging {
  readonly sources = new Map<string, Declared<UseForm>>()
  readonly programs = new Map<string, Declared<UseForm>>()
  readonly rules: Declared<RuleForm>[] = []
  readonly names = { sources: new Set<string>(), programs: new Set<string>() }
  readonly fileNames = { sources: new Set<string>(), programs: new Set<string>() }
  readonly replaced: ReplacedPart[] = []
  readonly faults: Fault[] = []
  readonly #ruleIndexes = new Map<string, number>()

  async add(layer: LayerInput): Promise<void> {
    const location: ConfigLocation = { file: layer.origin.file, path: [] }
    if (!isRecord(layer.value)) {
      this.#fail(location, 'must be an object', layer.value)
      return
    }
    const { sources, programs, rules, mapping } = layer.value
    this.#checkKeys(layer.value, layer.origin.layer === 'config', location)
    await this.#addUses('sources', sources, layer)
    await this.#addUses('programs', programs, layer)
    const earlier = this.rules.length
    await this.#addRules(rules, layer, earlier)
    await this.#addMapping(mapping, layer)
  }

  #checkKeys(value: Record<string, unknown>, isConfig: boolean, location: ConfigLocation): void {
    const known = Object.keys((isConfig ? configSchema : dropInSchema).shape)
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue
      const isOfConfig = Object.hasOwn(configSchema.shape, key)
      const message = isOfConfig ? 'belongs in the config file' : 'is not known'
      const remedy = suggestion(key, known).trim() || `Known here: ${known.join(', ')}.`
      const details = isOfConfig ? { message } : { message, remedy }
      this.faults.push(faultAt(below(location, key), 'option_unknown', details))
    }
  }

  async #addUses(part: 'sources' | 'programs', value: unknown, layer: LayerInput): Promise<void> {
    const location: ConfigLocation = { file: layer.origin.file, path: [part] }
    if (value === undefined) return
    if (!isRecord(value)) {
      this.#fail(location, 'must be an object with a name for each', value)
      return
    }
    for (const [name, use] of Object.entries(value)) {
      const at = below(location, name)
      if (isManaged(layer)) {
        const taken = this[part].get(name)
        if (taken !== undefined) this.faults.push(takenFault(at, name, taken.origin))
      } else this.fileNames[part].add(name)
      this.names[part].add(name)
      const named = nameSchema.safeParse(name)
      if (part === 'sources' && name === OWN_SOURCE) {
        this.#fail(at, `the name \`${name}\` is that of Hookline's own events`, name)
      }
      if (!named.success) this.#fail(at, `the name ${named.error.issues[0]?.message}`, name)
      const checked = await checkValue(useSchema, use, { location: at, hidden: ['options'] })
      if (!checked.ok) {
        this.faults.push(...checked.faults)
        continue
      }
      const declared = { ...layer, value: checked.value, location: at }
      const earlier = this[part].get(name)
      const kind = part === 'sources' ? 'source' : 'program'
      if (earlier !== undefined) this.#replace({ kind, name }, earlier, declared)
      this[part].set(name, declared)
    }
  }

  async #addRules(value: unknown, layer: LayerInput, earlier: number): Promise<void> {
    const location: ConfigLocation = { file: layer.origin.file, path: ['rules'] }
    if (value === undefined) return
    const isNamed = isManaged(layer) && isRecord(value)
    if (!isNamed && !Array.isArray(value)) {
      this.#fail(location, 'must be a list', value)
      return
    }
    const rules = Array.isArray(value) ? value.entries() : Object.entries(value)
    for (const [key, rule] of rules) {
      const at = below(location, key)
      const checked = await checkValue(ruleSchema, rule, { location: at })
      if (!checked.ok) this.faults.push(...checked.faults)
      else {
        const named = typeof key === 'string' ? { ...checked.value, name: key } : checked.value
        this.#addRule({ ...layer, value: named, location: at }, earlier)
      }
    }
  }

  // A rule replaces one of an earlier layer only. Two rules of the same name in one layer are a mistake.
  #addRule(rule: Declared<RuleForm>, earlier: number): void {
    const { name } = rule.value
    const same = name === undefined ? -1 : (this.#ruleIndexes.get(name) ?? -1)
    const taken = this.rules[same]
    if (taken === undefined) {
      if (name !== undefined) this.#ruleIndexes.set(name, this.rules.length)
      this.rules.push(rule)
    } else if (isManaged(rule))
      this.faults.push(takenFault(rule.location, name ?? '', taken.origin))
    else if (same < earlier && taken.origin !== rule.origin) {
      this.#replace({ kind: 'rule', name: name ?? '' }, taken, rule)
      this.rules[same] = rule
    } else {
      this.faults.push(
        faultAt(below(rule.location, 'name'), 'rule_clash', {
          message: 'another rule of this file has this name',
          given: givenText(name),
        }),
      )
    }
  }

  #replace(
    part: Pick<ReplacedPart, 'kind' | 'name'>,
    { origin }: { readonly origin: Origin },
    by: { readonly origin: Origin },
  ): void {
    this.replaced.push({ ...part, origin, by: by.origin })
  }

  async #addMapping(value: unknown, layer: LayerInput): Promise<void> {
    const location: ConfigLocation = { file: layer.origin.file, path: ['mapping'] }
    if (value === undefined) return
    const checked = await checkValue(mappingSchema, value, { location })
    if (!checked.ok) {
      this.faults.push(...checked.faults)
      return
    }
    for (const [source, types] of Object.entries(checked.value)) {
      for (const [type, runs] of Object.entries(types)) {
        const on = ALWAYS.has(type) ? source : `${source}.${type}`
        const at = below(location, source, type)
        if (!onSchema.safeParse(on).success) this.#fail(at, 'is no event type', type)
        const add = (value: RuleForm, where: ConfigLocation) =>
          this.rules.push({ ...layer, value, location: where })
        if (typeof runs === 'string' || Array.isArray(runs)) add({ on, run: runs }, at)
        else {
          for (const [condition, run] of Object.entries(runs)) {
            const when = ALWAYS.has(condition) ? {} : { when: condition }
            add({ on, run, ...when }, below(at, condition))
          }
        }
      }
    }
  }

  #fail(location: ConfigLocation, message: string, given: unknown): void {
    this.faults.push(faultAt(location, 'option_invalid', { message, given: givenText(given) }))
  }
}

function isManaged({ origin }: { readonly origin: Origin }): boolean {
  return origin.layer === 'managed'
}

function takenFault(location: ConfigLocation, name: string, { file }: Origin): Fault {
  const message = `${file ?? 'another part'} has the name \`${name}\` already`
  return faultAt(location, 'managed_name_taken', { message })
}
