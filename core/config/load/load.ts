import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type {
  Condition,
  Origin,
  RunningConfig,
  RunningRule,
  WrittenUse,
} from '../../contracts/config.ts'
import { isRecord } from '../../kit/is-record.ts'
import {
  below,
  type ConfigLocation,
  configError,
  type Fault,
  pathText,
  thrownFault,
} from '../fault.ts'
import { managedOffFaults } from '../managed/faults.ts'
import { ModuleLoad } from '../modules/module-hooks.ts'
import { isPackageName } from '../modules/plugin-package.ts'
import { Plugins } from '../modules/plugins.ts'
import { checkValue } from '../schema/check-value.ts'
import { configSchema, type UseForm, useSchema } from '../schema/config.ts'
import { findFiles } from './find-files.ts'
import { fingerprint, versionOf } from './fingerprint.ts'
import { type Declared, type LayerInput, mergeLayers } from './layers.ts'
import type { Load, LoadOptions } from './load-options.ts'
import { makePlugins } from './make-plugins.ts'
import { findConfig, type ReadFile, readConfigFile } from './read-file.ts'
import { makeRules } from './rules.ts'
import { readSettings } from './settings.ts'

export type { Fault } from '../fault.ts'
export type { GeneratedSecret } from './generated-secret.ts'
export type { LoadOptions, WatchList } from './load-options.ts'

const DEFAULT_INCLUDE = ['webhooks.d/*.{ts,js,mjs,json,yaml,yml}']
const DEFAULT_STORE = { use: 'sqlite', options: {} }
/** Of `--tunnel`: needs no account. */
const DEFAULT_TUNNEL = { use: 'cloudflare', options: {} }

/**
 * Reads and checks a config and creates its plugins. Throws `config_missing`, `config_unreadable` (a syntax error), or
 * `config_invalid` with the faults of all files in `fields.faults`.
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
  const inputs = [
    { ...main, value: read.value },
    ...(await readDropIns(main, load)),
    ...managedLayer(baseDir, options),
  ]
  const layers = await mergeLayers(inputs)
  faults.push(...layers.faults)
  const settings = await readSettings({ ...main, file: read.file }, load)
  faults.push(...managedOffFaults(layers, settings.managed))
  const plugins = await findPlugins(main, load)
  const isPart = options.mode === 'test' || options.onlyFor !== undefined
  const ownStore = isPart ? null : await readUse('store', main, load)
  const store = ownStore ?? useAt('store', main, DEFAULT_STORE)
  const tunnel = isPart
    ? null
    : options.overrides.tunnel && main.value['tunnel'] === undefined
      ? useAt('tunnel', main, DEFAULT_TUNNEL)
      : await readUse('tunnel', main, load)
  const made = await makePlugins({ layers, settings, plugins, store, tunnel, load })
  const { definitions, programs, sources } = made
  const rules = makeRules({ layers, definitions, programs, sources })
  faults.push(...rules.faults)
  warnings.push(...rules.warnings)
  const grave = faults.filter((fault) => !isElsewhere(fault, options.onlyFor))
  if (grave.length > 0 || made.store === null) {
    await made.instances.discard()
    throw configError(grave, baseDir)
  }
  for (const file of modules.files()) watch.files.add(file)
  return {
    version: versionOf(
      // The URL of a tunnel may change at any time, which is no change of the config.
      fingerprint([
        { ...settings, publicUrl: settings.configPublicUrl },
        made.fingerprint,
        rules.rules.map(ruleMark),
      ]),
    ),
    settings,
    sources,
    programs,
    rules: rules.rules,
    store: made.store,
    tunnel: made.tunnel,
    layers: inputs.map((layer) => layer.origin),
    replaced: layers.replaced,
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

/** Whether a value is missing where the source that a config is loaded for does not need it. */
function isElsewhere({ code, path }: Fault, onlyFor: string | undefined): boolean {
  if (onlyFor === undefined || (code !== 'env_missing' && code !== 'file_unreadable')) return false
  const own = `${pathText(['sources', onlyFor])}.`
  return /^(sources|programs)\b/.test(path) && !path.startsWith(own)
}

function writtenUses(
  uses: ReadonlyMap<string, Declared<UseForm>>,
): ReadonlyMap<string, WrittenUse> {
  return new Map(
    [...uses].map(([name, { origin, value }]) => {
      return [name, { origin, use: value.use, options: value.options }]
    }),
  )
}

// A CEL condition is compared by its text, a function by identity. The policy is compared with its program.
function ruleMark({
  condition,
  policyKey,
  policy,
  steps,
  ...rule
}: RunningRule): readonly unknown[] {
  const marks = steps.map((step) => [
    ...[step.program, step.params, step.approval],
    conditionMark(step.condition),
  ])
  return [rule, conditionMark(condition), ...marks]
}

function conditionMark(condition: Condition | null): unknown {
  return condition?.text === '[function]' ? condition.evaluate : condition?.text
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
  for (const other of read.unused) {
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

/** A file that is to be filled later, or was emptied to take its parts out. */
async function isBlank(file: string): Promise<boolean> {
  try {
    return (await readFile(file, 'utf8')).trim() === ''
  } catch {
    // Reading it as a config says why it cannot be read.
    return false
  }
}

async function readDropIn(file: string, load: Load): Promise<LayerInput | null> {
  try {
    if (await isBlank(file)) return null
    const { value } = await readConfigFile(file, load.modules)
    // YAML that has only comments.
    if (value === null) return null
    return { origin: { layer: 'drop-in', file }, baseDir: dirname(file), value }
  } catch (error) {
    const fault = thrownFault({ file, path: [] }, error)
    // A fault names its file by itself.
    const message = fault.message.replace(`${file}:`, '').replace(/^\d+:/, 'line $&').trimStart()
    load.faults.push({ ...fault, message })
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

type OnlyUse = 'store' | 'tunnel'

/** The plugin of a kind of which a config has one at most; null if there is none or it has faults. */
async function readUse(
  key: OnlyUse,
  main: MainLayer,
  load: Load,
): Promise<Declared<UseForm> | null> {
  const given = main.value[key]
  if (given === undefined) return null
  const location: ConfigLocation = { file: main.origin.file, path: [key] }
  const checked = await checkValue(useSchema, given, { location })
  if (checked.ok) return useAt(key, main, checked.value)
  load.faults.push(...checked.faults)
  return null
}

function useAt(key: OnlyUse, { origin, baseDir }: MainLayer, value: UseForm): Declared<UseForm> {
  return { origin, baseDir, location: { file: origin.file, path: [key] }, value }
}

function managedLayer(baseDir: string, { managed }: LoadOptions): readonly LayerInput[] {
  if (managed === undefined) return []
  return [{ origin: { layer: 'managed', file: null }, baseDir, value: managed }]
}

/** The items of a list in the config with their locations; null if it is absent or has faults. */
async function textsOf(
  key: 'include' | 'plugins',
  main: MainLayer,
  load: Load,
): Promise<readonly { text: string; location: ConfigLocation }[] | null> {
  const given = main.value[key]
  const location: ConfigLocation = { file: main.origin.file, path: [key] }
  if (given === undefined) return null
  const checked = await checkValue(configSchema.shape[key], given, { location })
  if (checked.ok) {
    return (checked.value ?? []).map((text, index) => ({ text, location: below(location, index) }))
  }
  load.faults.push(...checked.faults)
  return null
}

/** The folder of a glob before its first wildcard. */
function fixedPart(pattern: string): string {
  const segments = pattern.split('/').slice(0, -1)
  const end = segments.findIndex((segment) => /[*?{}[\]()!]/.test(segment))
  return (end === -1 ? segments : segments.slice(0, end)).join('/')
}
