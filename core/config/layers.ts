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
  readonly names: { readonly sources: ReadonlySet<string>; readonly programs: ReadonlySet<string> }
  readonly faults: readonly Fault[]
}

const ALWAYS = new Set(['', '*'])

/** Lays the layers over one another. */
export async function mergeLayers(layers: readonly LayerInput[]): Promise<Layers> {
  const merging = new Merging()
  for (const layer of layers) await merging.add(layer)
  const { sources, programs, rules, names, faults } = merging
  return { sources, programs, rules, names, faults }
}

class Merging {
  readonly sources = new Map<string, Said<UseForm>>()
  readonly programs = new Map<string, Said<UseForm>>()
  readonly rules: Said<RuleForm>[] = []
  readonly names = { sources: new Set<string>(), programs: new Set<string>() }
  readonly faults: Fault[] = []

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
      this.names[part].add(name)
      const at = below(place, name)
      const named = nameSchema.safeParse(name)
      if (part === 'sources' && name === OWN_SOURCE) {
        this.#fail(at, `the name \`${name}\` is that of Hookline's own events`, name)
      }
      if (!named.success) this.#fail(at, `the name ${named.error.issues[0]?.message}`, name)
      const checked = await checkValue(useSchema, use, { place: at })
      if (checked.ok) this[part].set(name, { ...layer, value: checked.value, place: at })
      else this.faults.push(...checked.faults)
    }
  }

  async #addRules(value: unknown, layer: LayerInput, earlier: number): Promise<void> {
    const place: Place = { file: layer.origin.file, path: ['rules'] }
    if (value === undefined) return
    if (!Array.isArray(value)) {
      this.#fail(place, 'must be a list', value)
      return
    }
    for (const [index, rule] of value.entries()) {
      const at = below(place, index)
      const checked = await checkValue(ruleSchema, rule, { place: at })
      if (!checked.ok) this.faults.push(...checked.faults)
      else this.#addRule({ ...layer, value: checked.value, place: at }, earlier)
    }
  }

  // Of its own layer a rule replaces nothing: two of one name are a mistake there.
  #addRule(rule: Said<RuleForm>, earlier: number): void {
    const { name } = rule.value
    const same = this.rules.findIndex((other) => name !== undefined && other.value.name === name)
    if (same === -1) this.rules.push(rule)
    else if (same < earlier && this.rules[same]?.origin !== rule.origin) this.rules[same] = rule
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
