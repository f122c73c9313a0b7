import type { Origin } from '../contracts/config.ts'
import { suggestion } from '../kit/nearest-name.ts'
import { OWN_SOURCE } from '../kit/own-events.ts'
import { checkValue } from './check-value.ts'
import { below, type Fault, faultAt, givenText, type Place } from './fault.ts'
import { isRecord } from './record.ts'
import {
  configSchema,
  dropInSchema,
  mappingSchema,
  nameSchema,
  onSchema,
  type RuleForm,
  ruleSchema,
  type UseForm,
  useSchema,
} from './schema.ts'

/** One file of a config, as it was read. */
export interface LayerInput {
  readonly origin: Origin
  /** Folder where its relative paths start. */
  readonly baseDir: string
  readonly value: unknown
}

/** A part of a layer and where it was said. */
export interface Said<Value> {
  readonly value: Value
  readonly origin: Origin
  readonly baseDir: string
  readonly place: Place
}

/** What all layers say together: of parts of one name, the last. */
export interface Layers {
  readonly sources: ReadonlyMap<string, Said<UseForm>>
  readonly programs: ReadonlyMap<string, Said<UseForm>>
  readonly rules: readonly Said<RuleForm>[]
  /** Names said somewhere, though perhaps with faults: a rule that names one is not at fault itself. */
  readonly names: Names
  /** Those of files alone: a file stands without what is managed. */
  readonly fileNames: Names
  readonly faults: readonly Fault[]
}

export interface Names {
  readonly sources: ReadonlySet<string>
  readonly programs: ReadonlySet<string>
}

const ALWAYS = new Set(['', '*'])

/** Lays the layers over one another. */
export async function mergeLayers(layers: readonly LayerInput[]): Promise<Layers> {
  const merging = new Merging()
  for (const layer of layers) await merging.add(layer)
  const { sources, programs, rules, names, fileNames, faults } = merging
  return { sources, programs, rules, names, fileNames, faults }
}

class Merging {
  readonly sources = new Map<string, Said<UseForm>>()
  readonly programs = new Map<string, Said<UseForm>>()
  readonly rules: Said<RuleForm>[] = []
  readonly names = { sources: new Set<string>(), programs: new Set<string>() }
  readonly fileNames = { sources: new Set<string>(), programs: new Set<string>() }
  readonly faults: Fault[] = []
  readonly #ruleIndexes = new Map<string, number>()

  async add(layer: LayerInput): Promise<void> {
    const place: Place = { file: layer.origin.file, path: [] }
    if (!isRecord(layer.value)) {
      this.#fail(place, 'must be an object', layer.value)
      return
    }
    const { sources, programs, rules, mapping } = layer.value
    this.#checkKeys(layer.value, layer.origin.layer === 'config', place)
    await this.#addUses('sources', sources, layer)
    await this.#addUses('programs', programs, layer)
    const earlier = this.rules.length
    await this.#addRules(rules, layer, earlier)
    await this.#addMapping(mapping, layer)
  }

  #checkKeys(value: Record<string, unknown>, isConfig: boolean, place: Place): void {
    const known = Object.keys((isConfig ? configSchema : dropInSchema).shape)
    for (const key of Object.keys(value)) {
      if (known.includes(key)) continue
      const isOfConfig = Object.hasOwn(configSchema.shape, key)
      const message = isOfConfig ? 'belongs in the config file' : 'is not known'
      const remedy = suggestion(key, known).trim() || `Known here: ${known.join(', ')}.`
      const details = isOfConfig ? { message } : { message, remedy }
      this.faults.push(faultAt(below(place, key), 'option_unknown', details))
    }
  }

  async #addUses(part: 'sources' | 'programs', value: unknown, layer: LayerInput): Promise<void> {
    const place: Place = { file: layer.origin.file, path: [part] }
    if (value === undefined) return
    if (!isRecord(value)) {
      this.#fail(place, 'must be an object of names', value)
      return
    }
    for (const [name, use] of Object.entries(value)) {
      const at = below(place, name)
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
      const checked = await checkValue(useSchema, use, { place: at, hidden: ['options'] })
      if (checked.ok) this[part].set(name, { ...layer, value: checked.value, place: at })
      else this.faults.push(...checked.faults)
    }
  }

  async #addRules(value: unknown, layer: LayerInput, earlier: number): Promise<void> {
    const place: Place = { file: layer.origin.file, path: ['rules'] }
    if (value === undefined) return
    const isNamed = isManaged(layer) && isRecord(value)
    if (!isNamed && !Array.isArray(value)) {
      this.#fail(place, 'must be a list', value)
      return
    }
    const rules = Array.isArray(value) ? value.entries() : Object.entries(value)
    for (const [key, rule] of rules) {
      const at = below(place, key)
      const checked = await checkValue(ruleSchema, rule, { place: at })
      if (!checked.ok) this.faults.push(...checked.faults)
      else {
        const named = typeof key === 'string' ? { ...checked.value, name: key } : checked.value
        this.#addRule({ ...layer, value: named, place: at }, earlier)
      }
    }
  }

  // Of its own layer a rule replaces nothing: two of one name are a mistake there.
  #addRule(rule: Said<RuleForm>, earlier: number): void {
    const { name } = rule.value
    const same = name === undefined ? -1 : (this.#ruleIndexes.get(name) ?? -1)
    const taken = this.rules[same]
    if (taken === undefined) {
      if (name !== undefined) this.#ruleIndexes.set(name, this.rules.length)
      this.rules.push(rule)
    } else if (isManaged(rule)) this.faults.push(takenFault(rule.place, name ?? '', taken.origin))
    else if (same < earlier && taken.origin !== rule.origin) this.rules[same] = rule
    else {
      this.faults.push(
        faultAt(below(rule.place, 'name'), 'rule_clash', {
          message: 'another rule of this file has this name',
          given: givenText(name),
        }),
      )
    }
  }

  async #addMapping(value: unknown, layer: LayerInput): Promise<void> {
    const place: Place = { file: layer.origin.file, path: ['mapping'] }
    if (value === undefined) return
    const checked = await checkValue(mappingSchema, value, { place })
    if (!checked.ok) {
      this.faults.push(...checked.faults)
      return
    }
    for (const [source, types] of Object.entries(checked.value)) {
      for (const [type, runs] of Object.entries(types)) {
        const on = ALWAYS.has(type) ? source : `${source}.${type}`
        const at = below(place, source, type)
        if (!onSchema.safeParse(on).success) this.#fail(at, 'is no event type', type)
        const said = (value: RuleForm, where: Place) =>
          this.rules.push({ ...layer, value, place: where })
        if (typeof runs === 'string' || Array.isArray(runs)) said({ on, run: runs }, at)
        else {
          for (const [condition, run] of Object.entries(runs)) {
            const when = ALWAYS.has(condition) ? {} : { when: condition }
            said({ on, run, ...when }, below(at, condition))
          }
        }
      }
    }
  }

  #fail(place: Place, message: string, given: unknown): void {
    this.faults.push(faultAt(place, 'option_invalid', { message, given: givenText(given) }))
  }
}

function isManaged({ origin }: { readonly origin: Origin }): boolean {
  return origin.layer === 'managed'
}

function takenFault(place: Place, name: string, { file }: Origin): Fault {
  const message = `${file ?? 'another part'} has the name \`${name}\` already`
  return faultAt(place, 'managed_name_taken', { message })
}
