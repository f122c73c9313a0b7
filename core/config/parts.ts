import { z } from 'zod'
import type { RunningProgram, RunningSource, RunningStore, Settings } from '../contracts/config.ts'
import type { SourceDefinition } from '../contracts/source.ts'
import { findDefinition } from './find-definition.ts'
import { fingerprint } from './identity.ts'
import { Instances } from './instances.ts'
import type { Layers, Said } from './layers.ts'
import type { Load } from './load-options.ts'
import { reachFaults } from './managed-faults.ts'
import type { Plugins } from './plugins.ts'
import { type Prepared, prepareUse } from './prepare-use.ts'
import {
  type ProgramSettingsForm,
  programSettingsSchema,
  type SourceAccessForm,
  sourceAccessSchema,
  type UseForm,
} from './schema.ts'

export interface Parts {
  readonly sources: ReadonlyMap<string, RunningSource>
  /** The plugin of each source, also of one whose options have faults. */
  readonly definitions: ReadonlyMap<string, SourceDefinition>
  readonly programs: ReadonlyMap<string, RunningProgram>
  /** Null where it has faults. */
  readonly store: RunningStore | null
  readonly instances: Instances
  /** Changes when any part does. */
  readonly fingerprint: string
}

export interface PartsInput {
  readonly layers: Layers
  readonly store: Said<UseForm>
  readonly settings: Settings
  readonly plugins: Plugins
  readonly load: Load
}

const NO_COMMON = z.strictObject({})

/** Makes sources, programs and the store of what the layers say. Faults go to the load. */
export async function makeParts(input: PartsInput): Promise<Parts> {
  const { layers, settings, load } = input
  const instances = new Instances(load, settings.dataDir)
  const { dataDir, managed } = settings
  const shared = { load, dataDir, managed }
  const sources = new Map<string, RunningSource>()
  const definitions = new Map<string, SourceDefinition>()
  const programs = new Map<string, RunningProgram>()
  const marks: string[] = []
  for (const [name, said] of layers.sources) {
    const definition = await findDefinition('source', said, input)
    if (definition !== null) definitions.set(name, definition)
    const use = { ...shared, kind: 'source', name, said, definition } as const
    const prepared = await prepareUse({ ...use, commonSchema: sourceAccessSchema })
    const instance = prepared === null ? null : instances.source(prepared)
    if (prepared === null || instance === null) continue
    const source = { ...sourceOf(prepared, settings), instance }
    sources.set(name, source)
    if (instance.unverified) load.warnings.push(unverifiedWarning(source))
    marks.push(prepared.fingerprint, fingerprint(prepared.common))
  }
  for (const [name, said] of layers.programs) {
    const definition = await findDefinition('executor', said, input)
    const use = { ...shared, kind: 'executor', name, said, definition } as const
    const prepared = await prepareUse({ ...use, commonSchema: programSettingsSchema })
    if (prepared !== null && said.origin.layer === 'managed') {
      const faults = reachFaults({ ...prepared, dataDir, managed })
      load.faults.push(...faults)
      if (faults.length > 0) continue
    }
    const instance = prepared === null ? null : instances.executor(prepared)
    if (prepared === null || instance === null) continue
    programs.set(name, { ...programOf(prepared), instance })
    marks.push(prepared.fingerprint, fingerprint(prepared.common))
  }
  const store = await makeStore(input)
  if (store !== null) marks.push(storeMark(store))
  return { sources, definitions, programs, store, instances, fingerprint: fingerprint(marks) }
}

function sourceOf(
  prepared: Prepared<'source', SourceAccessForm>,
  settings: Settings,
): Omit<RunningSource, 'instance'> {
  const { name, said, definition, common, options } = prepared
  const { secretHeaders = [] } = definition
  const headers = typeof secretHeaders === 'function' ? secretHeaders(options) : secretHeaders
  const { rateLimit } = common
  return {
    name,
    origin: said.origin,
    definition,
    options,
    baseDir: said.baseDir,
    allow: common.allow ?? null,
    maxBodyBytes: common.maxBodyBytes ?? settings.limits.maxBodyBytes,
    rateLimit:
      rateLimit === undefined
        ? null
        : {
            perSecond: rateLimit.perSecond,
            burst: rateLimit.burst ?? Math.ceil(rateLimit.perSecond),
          },
    secretHeaders: headers.map((header) => header.toLowerCase()),
  }
}

function unverifiedWarning({ name, allow }: RunningSource): string {
  return allow === null
    ? `The source \`${name}\` is unverified: whoever can reach this service can send its events.`
    : `The source \`${name}\` is unverified: its allow list is all that guards it, and whoever sends from there can send its events.`
}

function programOf({
  name,
  said,
  definition,
  common: { params, ...rest },
}: Prepared<'executor', ProgramSettingsForm>): Omit<RunningProgram, 'instance'> {
  const named = params.map((param) =>
    typeof param === 'string' ? { name: param, default: null } : param,
  )
  return { name, origin: said.origin, definition, settings: { ...rest, params: named } }
}

async function makeStore(input: PartsInput): Promise<RunningStore | null> {
  const { store: said, load, settings } = input
  const definition = await findDefinition('store', said, input)
  const use = {
    load,
    dataDir: settings.dataDir,
    managed: settings.managed,
    kind: 'store',
    name: said.value.use,
    said,
  } as const
  const prepared = await prepareUse({ ...use, definition, commonSchema: NO_COMMON })
  if (prepared === null) return null
  const made = {
    origin: said.origin,
    definition: prepared.definition,
    options: prepared.options,
    baseDir: said.baseDir,
  }
  const before = load.options.reuse?.store
  if (before === undefined || storeMark(before) === storeMark(made)) return before ?? made
  load.warnings.push('A change of `store` takes a restart; the store in use stays.')
  return before
}

// Not by the definition's identity: a store cannot be changed while it is open, so only what it is told counts.
function storeMark({ definition, options, baseDir }: RunningStore): string {
  return fingerprint([definition.name, options, baseDir])
}
