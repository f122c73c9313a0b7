import { dirname, join, resolve } from 'node:path'
import type { Origin, RunningConfig, RunningRule, WrittenUse } from '../contracts/config.ts'
import { isHooklineError } from '../kit/errors.ts'
import { checkValue } from './check-value.ts'
import { below, configError, faultAt, type Place } from './fault.ts'
import { findFiles } from './find-files.ts'
import { fingerprint, versionOf } from './identity.ts'
import { type LayerInput, mergeLayers, type Said } from './layers.ts'
import type { Load, LoadOptions } from './load-options.ts'
import { managedOffFaults } from './managed-faults.ts'
import { ModuleLoad } from './module-hooks.ts'
import { makeParts } from './parts.ts'
import { isPackageName } from './plugin-package.ts'
import { Plugins } from './plugins.ts'
import { findConfig, type ReadFile, readConfigFile, unusedConfigs } from './read-file.ts'
import { isRecord } from './record.ts'
import { makeRules } from './rules.ts'
import { configSchema, type UseForm, useSchema } from './schema.ts'
import { readSettings } from './settings.ts'

export type { Fault } from './fault.ts'
export type { GeneratedSecret } from './generated-secret.ts'
export type { LoadOptions, WatchList } from './load-options.ts'

const DEFAULT_INCLUDE = ['webhooks.d/*.{ts,js,mjs,json,yaml,yml}']
const DEFAULT_STORE = { use: 'sqlite', options: {} }

/**
 * Reads, checks and creates a config. Throws `config_missing`, `config_unreadable` (a syntax error), or
 * `config_invalid` with all faults of all files in `fields.faults`.
 */
export async function loadConfig(options: LoadOptions): Promise<RunningConfig> {
  const modules = new ModuleLoad(options.freshness)
  const watch = options.watch ?? { files: new Set(), folders: new Set() }
  const load: Load = { options, modules, faults: [], warnings: [], secrets: new Set(), watch }
  try {
    return await readAndMake(load)
  } finally {
    for (const file of modules.files()) watch.files.add(file)
  }
}

async function readAndMake(load: Load): Promise<RunningConfig> {
  const { options, modules, faults, warnings, watch } = load
  const read = await readMain(load)
  const baseDir = dirname(read.file)
  const origin: Origin = { layer: 'config', file: read.file }
  const main = { origin, baseDir, value: isRecord(read.value) ? read.value : {} }
  const layers = await mergeLayers([
    { ...main, value: read.value },
    ...(await readDropIns(main, load)),
    ...managedLayer(baseDir, options),
  ])
  faults.push(...layers.faults)
  const settings = await readSettings({ ...main, file: read.file }, load)
  faults.push(...managedOffFaults(layers, settings.managed))
  const plugins = await findPlugins(main, load)
  const store = await readStore(main, load)
  const parts = await makeParts({ layers, settings, plugins, store, load })
  const rules = makeRules({ layers, definitions: parts.definitions, programs: parts.programs })
  faults.push(...rules.faults)
  warnings.push(...rules.warnings)
  if (faults.length > 0 || parts.store === null) {
    await parts.instances.discard()
    throw configError(faults, baseDir)
  }
  for (const file of modules.files()) watch.files.add(file)
  const { sources, programs } = parts
  return {
    version: versionOf(fingerprint([settings, parts.fingerprint, rules.rules.map(ruleMark)])),
    settings,
    sources,
    programs,
    rules: rules.rules,
    store: parts.store,
    files: [...watch.files],
    secrets: [...load.secrets],
    warnings,
    written: {
      sources: writtenUses(layers.sources),
      programs: writtenUses(layers.programs),
      rules: rules.written,
    },
    plugins: plugins.named,
  }
}

function writtenUses(uses: ReadonlyMap<string, Said<UseForm>>): ReadonlyMap<string, WrittenUse> {
  return new Map(
    [...uses].map(([name, { origin, value }]) => {
      return [name, { origin, use: value.use, options: value.options }]
    }),
  )
}

// A condition in CEL is its text; a function is another one at each load. The policy is marked with its program.
function ruleMark({ condition, policyKey, policy, ...rule }: RunningRule): readonly unknown[] {
  return [rule, condition?.text === '[function]' ? condition.evaluate : condition?.text]
}

interface MainLayer extends LayerInput {
  readonly value: Readonly<Record<string, unknown>>
}

async function readMain({ options, modules, warnings, watch }: Load): Promise<ReadFile> {
  const { cwd, file } = options
  if (file !== undefined) {
    watch.files.add(resolve(cwd, file))
    return readConfigFile(resolve(cwd, file), modules)
  }
  const read = await findConfig(cwd, modules)
  watch.files.add(read.file)
  for (const other of unusedConfigs(cwd, read.file)) {
    warnings.push(`${other} is not used: ${read.file} comes first.`)
  }
  return read
}

async function readDropIns(main: MainLayer, load: Load): Promise<readonly LayerInput[]> {
  const patterns = await textsOf('include', main, load)
  const layers: LayerInput[] = []
  for (const { text: pattern } of patterns ?? DEFAULT_INCLUDE.map((text) => ({ text }))) {
    load.watch.folders.add(join(main.baseDir, fixedPart(pattern)))
    for (const file of await findFiles(pattern, main.baseDir)) {
      if (load.watch.files.has(file)) continue
      load.watch.files.add(file)
      const layer = await readDropIn(file, load)
      if (layer !== null) layers.push(layer)
    }
  }
  return layers
}

async function readDropIn(file: string, load: Load): Promise<LayerInput | null> {
  try {
    const { value } = await readConfigFile(file, load.modules)
    return { origin: { layer: 'drop-in', file }, baseDir: dirname(file), value }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const { code, message, remedy } = error
    load.faults.push(faultAt({ file, path: [] }, code, { message, remedy }))
    return null
  }
}

async function findPlugins(main: MainLayer, load: Load): Promise<Plugins> {
  const { baseDir } = main
  const named = (await textsOf('plugins', main, load)) ?? []
  for (const { text } of named) {
    if (!isPackageName(text)) load.watch.folders.add(resolve(baseDir, text))
  }
  const { plugins, faults } = await Plugins.find({ named, baseDir, modules: load.modules })
  load.faults.push(...faults)
  return plugins
}

async function readStore(main: MainLayer, load: Load): Promise<Said<UseForm>> {
  const { value, ...from } = main
  const place: Place = { file: main.origin.file, path: ['store'] }
  if (value['store'] === undefined) return { ...from, place, value: DEFAULT_STORE }
  const checked = await checkValue(useSchema, value['store'], { place })
  if (checked.ok) return { ...from, place, value: checked.value }
  load.faults.push(...checked.faults)
  return { ...from, place, value: DEFAULT_STORE }
}

function managedLayer(baseDir: string, { managed }: LoadOptions): readonly LayerInput[] {
  if (managed === undefined) return []
  return [{ origin: { layer: 'managed', file: null }, baseDir, value: managed }]
}

/** The texts of a list in the config, with the place of each; null where it is not given, or has faults. */
async function textsOf(
  key: 'include' | 'plugins',
  main: MainLayer,
  load: Load,
): Promise<readonly { text: string; place: Place }[] | null> {
  const given = main.value[key]
  const place: Place = { file: main.origin.file, path: [key] }
  if (given === undefined) return null
  const checked = await checkValue(configSchema.shape[key], given, { place })
  if (checked.ok) {
    return (checked.value ?? []).map((text, index) => ({ text, place: below(place, index) }))
  }
  load.faults.push(...checked.faults)
  return null
}

/** Folder that a glob starts in. */
function fixedPart(pattern: string): string {
  const segments = pattern.split('/').slice(0, -1)
  const end = segments.findIndex((segment) => /[*?{}[\]()!]/.test(segment))
  return (end === -1 ? segments : segments.slice(0, end)).join('/')
}
