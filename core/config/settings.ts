import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Settings } from '../contracts/config.ts'
import { checkValue } from './check-value.ts'
import { type Load, type LoadOptions, noteResolved } from './load-options.ts'
import { resolveReferences } from './references.ts'
import { type SettingsForm, settingsSchema } from './settings-schema.ts'

const PROGRAMS_PER_PROCESSOR = 4
/** Settings that a running node cannot change. */
const FIXED = ['host', 'port', 'dataDir', 'metrics', 'tracing'] as const

/** Reads the settings of a config file; those with faults have their defaults, so that the rest can still be checked. */
export async function readSettings(
  config: {
    readonly value: Record<string, unknown>
    readonly file: string
    readonly baseDir: string
  },
  load: Load,
): Promise<Settings> {
  const given = pick(config.value, Object.keys(settingsSchema.shape))
  const place = { file: config.file, path: [] }
  const { env, mode } = load.options
  const at = { place, baseDir: config.baseDir }
  // No secret belongs in a setting, and until they are read it is not known where one would be kept.
  const resolved = resolveReferences(given, at, { env, mode, dataDir: null })
  noteResolved(load, resolved)
  const checked = await checkValue(settingsSchema, resolved.value, { place, resolved })
  if (!checked.ok) load.faults.push(...checked.faults)
  const form = checked.ok ? checked.value : settingsSchema.parse({})
  const settings = keepFixed(complete(form, config.baseDir, load.options), load)
  const publicUrl = form.publicUrl ?? `http://localhost:${settings.port}`
  return { ...settings, publicUrl: publicUrl.replace(/\/+$/, '') }
}

type Unaddressed = Omit<Settings, 'publicUrl'>

function complete(
  form: SettingsForm,
  baseDir: string,
  { overrides, cwd }: LoadOptions,
): Unaddressed {
  const { dataDir } = overrides
  return {
    ...form,
    host: overrides.host ?? form.host,
    port: overrides.port ?? form.port,
    dataDir: dataDir === undefined ? resolve(baseDir, form.dataDir) : resolve(cwd, dataDir),
    node: {
      ...form.node,
      labels: overrides.labels ?? form.node.labels,
      name: form.node.name ?? `${hostname()}-${process.pid}`,
      concurrency: form.node.concurrency ?? PROGRAMS_PER_PROCESSOR * availableParallelism(),
    },
  }
}

function keepFixed(settings: Unaddressed, { options: { reuse }, warnings }: Load): Unaddressed {
  if (reuse === undefined) return settings
  const changed = FIXED.filter((key) => !isDeepStrictEqual(settings[key], reuse.settings[key]))
  for (const key of changed) {
    const kept = reuse.settings[key]
    const shown = typeof kept === 'object' ? JSON.stringify(kept) : kept
    warnings.push(`A change of \`${key}\` takes a restart; it stays ${shown}.`)
  }
  return { ...settings, ...pick({ ...reuse.settings }, changed) }
}

function pick(value: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => keys.includes(key)))
}
