import { availableParallelism, hostname } from 'node:os'
import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { secretValues } from '../../kit/schema-walk.ts'
import { type Settings, type SettingsForm, settingsSchema } from '../../settings/settings.ts'
import { tracingFaults } from '../../tracing/open-tracing.ts'
import { below, faultAt } from '../fault.ts'
import { checkValue } from '../schema/check-value.ts'
import { type Load, type LoadOptions, noteResolved } from './load-options.ts'
import { resolveReferences } from './references.ts'

const PROGRAMS_PER_PROCESSOR = 4
/** Settings that need a restart. */
const FIXED = ['host', 'port', 'dataDir', 'metrics', 'tracing'] as const

/** Reads the settings of a config file. If they have faults, defaults are used so that the rest can be checked. */
export async function readSettings(
  config: {
    readonly value: Record<string, unknown>
    readonly file: string
    readonly baseDir: string
  },
  load: Load,
): Promise<Settings> {
  const given = pick(config.value, Object.keys(settingsSchema.shape))
  const location = { file: config.file, path: [] }
  const { env, mode } = load.options
  const at = { location, baseDir: config.baseDir }
  // None is generated: the data folder, where it would be kept, is itself a setting.
  const resolved = resolveReferences(given, at, { env, mode, dataDir: null })
  noteResolved(load, resolved)
  for (const secret of secretValues(settingsSchema, resolved.value)) load.secrets.add(secret)
  const checked = await checkValue(settingsSchema, resolved.value, { location, resolved })
  if (!checked.ok) load.faults.push(...checked.faults)
  const form = checked.ok ? checked.value : settingsSchema.parse({})
  const settings = keepFixed(complete(form, config.baseDir, load.options), load)
  for (const message of tracingFaults({ settings: settings.tracing, env })) {
    load.faults.push(faultAt(below(location, 'tracing'), 'package_missing', { message }))
  }
  const configPublicUrl = form.publicUrl?.replace(/\/+$/, '') ?? null
  const publicUrl = configPublicUrl ?? load.options.tunnelUrl ?? `http://localhost:${settings.port}`
  return { ...settings, configPublicUrl, publicUrl }
}

type Unaddressed = Omit<Settings, 'publicUrl' | 'configPublicUrl'>

function complete(
  form: SettingsForm,
  baseDir: string,
  { overrides, cwd, mode, reuse }: LoadOptions,
): Unaddressed {
  const { dataDir } = overrides
  const inConfig = resolve(baseDir, form.dataDir)
  return {
    ...form,
    host: overrides.host ?? form.host,
    port: overrides.port ?? form.port,
    dataDir: dataDir === undefined ? inConfig : resolve(cwd, dataDir),
    configDataDir: reuse?.settings.configDataDir ?? inConfig,
    node: {
      ...form.node,
      labels: overrides.labels ?? form.node.labels,
      receivers: mode === 'test' ? 1 : form.node.receivers,
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
