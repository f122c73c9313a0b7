import type {
  RunningProgram,
  RunningSource,
  RunningStore,
  RunningTunnel,
} from '../../contracts/config.ts'
import type { SourceDefinition } from '../../contracts/source.ts'
import type { Settings } from '../../settings/settings.ts'
import { below, faultAt } from '../fault.ts'
import { permissionFaults, providerFault } from '../managed/faults.ts'
import { findDefinition } from '../modules/find-definition.ts'
import type { Plugins } from '../modules/plugins.ts'
import type { UseForm } from '../schema/config.ts'
import { fingerprint, identityOf } from './fingerprint.ts'
import { Instances } from './instances.ts'
import type { Declared, Layers } from './layers.ts'
import type { Load } from './load-options.ts'
import { type Prepared, prepareUse } from './prepare-use.ts'
import { fileFaults, programValues } from './program-values.ts'
import { ownPaths, pathFaults } from './source-paths.ts'

export interface MadePlugins {
  readonly sources: ReadonlyMap<string, RunningSource>
  /** The plugin of each source, even if its options have faults. */
  readonly definitions: ReadonlyMap<string, SourceDefinition>
  readonly programs: ReadonlyMap<string, RunningProgram>
  /** Null if it has faults. */
  readonly store: RunningStore | null
  /** Null if there is none or it has faults. */
  readonly tunnel: RunningTunnel | null
  readonly instances: Instances
  /** Changes when any source, program, the store or the tunnel does. */
  readonly fingerprint: string
}

export interface MakePluginsInput {
  readonly layers: Layers
  readonly store: Declared<UseForm>
  readonly tunnel: Declared<UseForm> | null
  readonly settings: Settings
  readonly plugins: Plugins
  readonly load: Load
}

/** Creates the sources, programs, store and tunnel that the layers declare. Faults go to the load. */
export async function makePlugins(input: MakePluginsInput): Promise<MadePlugins> {
  const { layers, settings, load } = input
  const instances = new Instances(load, settings.dataDir)
  const sources = new Map<string, RunningSource>()
  const definitions = new Map<string, SourceDefinition>()
  const programs = new Map<string, RunningProgram>()
  const marks: string[] = []
  for (const [name, declared] of layers.sources) {
    const definition = await findDefinition('source', declared, input)
    if (definition !== null) definitions.set(name, definition)
    const prepared = await prepareUse({ kind: 'source', name, declared, definition }, input)
    const instance = prepared === null ? null : instances.source(prepared)
    if (prepared === null || instance === null) continue
    const { registrar, missed, reporter } = instance
    if (declared.origin.layer === 'managed' && (registrar ?? missed ?? reporter) !== undefined) {
      const option = registrar ? 'register' : missed ? 'catchUp' : 'api'
      load.faults.push(providerFault(declared, option))
      continue
    }
    const source = { ...sourceOf(prepared, settings), instance }
    load.faults.push(...pathFaults(source, sources, declared.location))
    sources.set(name, source)
    if (instance.unverified) load.warnings.push(unverifiedWarning(source))
    marks.push(prepared.fingerprint, fingerprint(prepared.common))
  }
  for (const [name, declared] of layers.programs) {
    const definition = await findDefinition('executor', declared, input)
    const prepared = await prepareUse({ kind: 'executor', name, declared, definition }, input)
    if (prepared !== null && declared.origin.layer === 'managed') {
      const faults = permissionFaults(prepared, settings)
      load.faults.push(...faults)
      if (faults.length > 0) continue
    }
    const instance = prepared === null ? null : instances.executor(prepared)
    if (prepared === null || instance === null) continue
    const program = { ...programOf(prepared), instance }
    programs.set(name, program)
    load.faults.push(...fileFaults(program, below(declared.location, 'options')))
    load.warnings.push(...programWarnings(program, prepared))
    marks.push(prepared.fingerprint, fingerprint(prepared.common))
  }
  const store = await makeStore(input)
  if (store !== null) marks.push(storeMark(store))
  const tunnel = await makeTunnel(input, instances, ownPaths(sources))
  if (tunnel !== null) {
    marks.push(fingerprint([identityOf(tunnel.instance), tunnel.port, tunnel.external]))
  }
  const made = { sources, definitions, programs, store, tunnel, instances }
  return { ...made, fingerprint: fingerprint(marks) }
}

function sourceOf(
  prepared: Prepared<'source'>,
  settings: Settings,
): Omit<RunningSource, 'instance'> {
  const { name, declared, definition, common, options } = prepared
  const { secretHeaders = [], secretParameters = [] } = definition
  const named = (names: typeof secretHeaders) =>
    typeof names === 'function' ? names(options) : names
  const { rateLimit } = common
  return {
    name,
    origin: declared.origin,
    definition,
    options,
    baseDir: declared.baseDir,
    allow: common.allow ?? null,
    maxBodyBytes: common.maxBodyBytes ?? settings.limits.maxBodyBytes,
    path: common.path ?? null,
    methods: common.methods,
    answers: common.answers,
    rateLimit:
      rateLimit === undefined
        ? null
        : {
            perSecond: rateLimit.perSecond,
            burst: rateLimit.burst ?? Math.ceil(rateLimit.perSecond),
          },
    secretHeaders: named(secretHeaders).map((header) => header.toLowerCase()),
    secretParameters: named(secretParameters),
  }
}

function unverifiedWarning({ name, allow }: RunningSource): string {
  return allow === null
    ? `The source \`${name}\` is unverified: whoever can reach this service can send its events.`
    : `The source \`${name}\` is unverified: its allow list is all that guards it, and whoever sends from there can send its events.`
}

function programOf({
  name,
  declared,
  definition,
  options,
  common,
}: Prepared<'executor'>): Omit<RunningProgram, 'instance'> {
  const { origin, baseDir } = declared
  return {
    name,
    origin,
    definition,
    description: definition.describe?.(options, { baseDir }) ?? null,
    settings: { ...common, ...programValues(common, declared.value.options) },
  }
}

/** What would keep a program from running. It is not refused: its files may come later. */
function programWarnings(
  { name, definition }: RunningProgram,
  { options, declared }: Prepared<'executor'>,
): readonly string[] {
  const where = `${declared.origin.file ?? 'managed config'}: programs.${name}`
  const { baseDir } = declared
  return (definition.check?.(options, { baseDir }) ?? []).map((why) => `${where}: ${why}`)
}

async function makeStore(input: MakePluginsInput): Promise<RunningStore | null> {
  const { store: declared, load } = input
  const name = declared.value.use
  const definition = await findDefinition('store', declared, input)
  const prepared = await prepareUse({ kind: 'store', name, declared, definition }, input)
  if (prepared === null) return null
  const made = {
    origin: declared.origin,
    definition: prepared.definition,
    options: prepared.options,
    baseDir: declared.baseDir,
  }
  const before = load.options.reuse?.store
  if (before === undefined || storeMark(before) === storeMark(made)) return before ?? made
  load.warnings.push('A change of `store` takes a restart; the store in use stays.')
  return before
}

async function makeTunnel(
  input: MakePluginsInput,
  instances: Instances,
  paths: readonly string[],
): Promise<RunningTunnel | null> {
  const { tunnel: declared, load } = input
  if (declared === null) return null
  const name = declared.value.use
  const definition = await findDefinition('tunnel', declared, input)
  const prepared = await prepareUse({ kind: 'tunnel', name, declared, definition }, input)
  const instance = prepared === null ? null : instances.tunnel(prepared)
  if (prepared === null || instance === null) return null
  const { port = null, external } = prepared.common
  if (external && (port === null || instance.url === undefined)) {
    const message = `needs ${port === null ? 'a `port`' : 'a tunnel with a fixed URL'}, since another process runs the tunnel`
    const at = below(declared.location, 'options', 'external')
    load.faults.push(faultAt(at, 'option_invalid', { message }))
  }
  return {
    origin: declared.origin,
    definition: prepared.definition,
    instance,
    port,
    external,
    paths,
  }
}

// The identity of the definition does not count: an open store cannot be replaced, so only its name and options matter.
function storeMark({ definition, options, baseDir }: RunningStore): string {
  return fingerprint([definition.name, options, baseDir])
}
