import type { z } from 'zod'
import type { ManagedSettings } from '../contracts/config.ts'
import type { EnvReference, FileReference } from '../contracts/plugin.ts'
import { secretValues } from '../kit/schema-walk.ts'
import { checkValue } from './check-value.ts'
import { below, type Fault, faultAt, type Place } from './fault.ts'
import { fingerprint, identityOf } from './identity.ts'
import type { Said } from './layers.ts'
import { type Load, noteResolved } from './load-options.ts'
import { refusedReference } from './managed-faults.ts'
import type { Definitions, PluginKind } from './plugin-definitions.ts'
import { type Resolved, resolveReferences } from './references.ts'
import type { UseForm } from './schema.ts'

/** A use of a plugin whose options passed. */
export interface Prepared<Kind extends PluginKind, Common> {
  readonly name: string
  readonly said: Said<UseForm>
  readonly definition: Definitions[Kind]
  /** The plugin's own options, as its schema gave them. */
  readonly options: Record<string, unknown>
  /** The options that every plugin of the kind has. */
  readonly common: Common
  /** Equal where an instance made of this would be equal. */
  readonly fingerprint: string
}

export interface PrepareOptions<Kind extends PluginKind, Common extends z.ZodObject> {
  readonly kind: Kind
  readonly name: string
  readonly said: Said<UseForm>
  /** Options that every plugin of the kind has. */
  readonly commonSchema: Common
  /** Null where there is none: then only the references are looked at. */
  readonly definition: Definitions[Kind] | null
  readonly dataDir: string
  readonly managed: ManagedSettings
  readonly load: Load
}

/** Replaces references and checks all options. Null where there are faults, which the load then has. */
export async function prepareUse<Kind extends PluginKind, Common extends z.ZodObject>(
  given: PrepareOptions<Kind, Common>,
): Promise<Prepared<Kind, z.output<Common>> | null> {
  const { said, load, name, commonSchema, dataDir, definition } = given
  const resolved = resolveOptions(given)
  if (definition === null) return null
  const commonKeys = Object.keys(commonSchema.shape)
  const schema = ownSchema(definition, commonKeys, said.place)
  if ('code' in schema) {
    load.faults.push(schema)
    return null
  }
  const values = resolved.value as Record<string, unknown>
  const own = split(values, (key) => !commonKeys.includes(key))
  const place = below(said.place, 'options')
  for (const secret of secretValues(schema, own)) load.secrets.add(secret)
  const checkedOwn = await checkValue(schema, own, { place, resolved, moreKeys: commonKeys })
  const checkedCommon = await checkValue(
    commonSchema,
    split(values, (key) => commonKeys.includes(key)),
    {
      place,
      resolved,
    },
  )
  for (const checked of [checkedOwn, checkedCommon]) {
    if (!checked.ok) load.faults.push(...checked.faults)
  }
  if (!checkedOwn.ok || !checkedCommon.ok || resolved.missing.size > 0) return null
  const identity = identityOf(definition)
  return {
    name,
    said,
    definition,
    options: checkedOwn.value,
    common: checkedCommon.value,
    fingerprint: fingerprint([given.kind, name, identity, said.baseDir, dataDir, own]),
  }
}

function resolveOptions(given: PrepareOptions<PluginKind, z.ZodObject>): Resolved {
  const { said, load, dataDir, managed } = given
  const { env, mode, onGenerated } = load.options
  const at = { place: below(said.place, 'options'), baseDir: said.baseDir }
  const refuse =
    said.origin.layer === 'managed'
      ? (reference: EnvReference | FileReference) => refusedReference(reference, managed)
      : undefined
  const how = { env, mode, dataDir, onGenerated, refuse }
  const resolved = resolveReferences(said.value.options, at, how)
  noteResolved(load, resolved)
  return resolved
}

// To make one takes longer than most checks by it.
const strictSchemas = new WeakMap<z.ZodObject, z.ZodObject>()

function ownSchema(
  definition: { readonly name: string; readonly options: z.ZodObject },
  commonKeys: readonly string[],
  place: Place,
): z.ZodObject | Fault {
  const taken = commonKeys.find((key) => Object.hasOwn(definition.options.shape, key))
  if (taken === undefined) return strictOf(definition.options)
  const message = `the plugin \`${definition.name}\` declares the option \`${taken}\`, which every plugin of its kind has already`
  return faultAt(below(place, 'use'), 'plugin_broken', { message })
}

function strictOf(options: z.ZodObject): z.ZodObject {
  const known = strictSchemas.get(options)
  if (known !== undefined) return known
  const strict = options.strict()
  strictSchemas.set(options, strict)
  return strict
}

function split(
  value: Record<string, unknown>,
  belongs: (key: string) => boolean,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => belongs(key)))
}
