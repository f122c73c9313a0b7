import type { z } from 'zod'
import type { EnvReference, FileReference } from '../../contracts/plugin.ts'
import { secretValues } from '../../kit/schema-walk.ts'
import type { Settings } from '../../settings/settings.ts'
import { below, type ConfigLocation, type Fault, faultAt } from '../fault.ts'
import { refusedReference } from '../managed/faults.ts'
import type { Definitions, PluginKind } from '../modules/plugin-definitions.ts'
import { checkValue } from '../schema/check-value.ts'
import { COMMON_OPTIONS, type CommonOptions } from '../schema/common-options.ts'
import type { UseForm } from '../schema/config.ts'
import { fingerprint, identityOf } from './fingerprint.ts'
import type { Declared } from './layers.ts'
import { type Load, noteResolved } from './load-options.ts'
import { type Resolved, resolveReferences } from './references.ts'

/** A use of a plugin with valid options. */
export interface Prepared<Kind extends PluginKind> {
  readonly name: string
  readonly declared: Declared<UseForm>
  readonly definition: Definitions[Kind]
  /** The plugin's own options, as its schema returns them. */
  readonly options: Record<string, unknown>
  readonly common: CommonOptions<Kind>
  /** Equal for two uses if their instances would be equal. */
  readonly fingerprint: string
}

export interface FoundUse<Kind extends PluginKind> {
  readonly kind: Kind
  readonly name: string
  readonly declared: Declared<UseForm>
  /** Null if there is none: then only references are checked. */
  readonly definition: Definitions[Kind] | null
}

interface Preparing {
  readonly settings: Settings
  readonly load: Load
}

/** Replaces references and checks all options. Faults go to the load; it then returns null. */
export async function prepareUse<Kind extends PluginKind>(
  { kind, name, declared, definition }: FoundUse<Kind>,
  { settings, load }: Preparing,
): Promise<Prepared<Kind> | null> {
  const resolved = resolveOptions(declared, { settings, load })
  if (definition === null) return null
  const commonSchema = COMMON_OPTIONS[kind]
  const commonKeys = Object.keys(commonSchema.shape)
  const schema = ownSchema(definition, commonKeys, declared.location)
  if ('code' in schema) {
    load.faults.push(schema)
    return null
  }
  const values = resolved.value as Record<string, unknown>
  const own = split(values, (key) => !commonKeys.includes(key))
  const common = split(values, (key) => commonKeys.includes(key))
  const location = below(declared.location, 'options')
  for (const secret of secretValues(schema, own)) load.secrets.add(secret)
  const checkedOwn = await checkValue(schema, own, { location, resolved, moreKeys: commonKeys })
  const checkedCommon = await checkValue(commonSchema, common, { location, resolved })
  for (const checked of [checkedOwn, checkedCommon]) {
    if (!checked.ok) load.faults.push(...checked.faults)
  }
  if (!checkedOwn.ok || !checkedCommon.ok || resolved.missing.size > 0) return null
  const identity = identityOf(definition)
  return {
    name,
    declared,
    definition,
    options: checkedOwn.value,
    common: checkedCommon.value as CommonOptions<Kind>,
    fingerprint: fingerprint([kind, name, identity, declared.baseDir, settings.dataDir, own]),
  }
}

function resolveOptions(declared: Declared<UseForm>, { settings, load }: Preparing): Resolved {
  const { env, mode, onGenerated } = load.options
  const at = { location: below(declared.location, 'options'), baseDir: declared.baseDir }
  const refuse =
    declared.origin.layer === 'managed'
      ? (reference: EnvReference | FileReference) => refusedReference(reference, settings.managed)
      : undefined
  const resolved = resolveReferences(declared.value.options, at, {
    env,
    mode,
    dataDir: settings.dataDir,
    onGenerated,
    refuse,
  })
  noteResolved(load, resolved)
  return resolved
}

// Making a strict schema takes longer than most checks with it.
const strictSchemas = new WeakMap<z.ZodObject, z.ZodObject>()

function ownSchema(
  definition: { readonly name: string; readonly options: z.ZodObject },
  commonKeys: readonly string[],
  location: ConfigLocation,
): z.ZodObject | Fault {
  const taken = commonKeys.find((key) => Object.hasOwn(definition.options.shape, key))
  if (taken === undefined) return strictOf(definition.options)
  const message = `the plugin \`${definition.name}\` declares the option \`${taken}\`, which every plugin of its kind has already`
  return faultAt(below(location, 'use'), 'plugin_broken', { message })
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
