import { z } from 'zod'
import type {
  ProgramSettings,
  RunningProgram,
  RunningSource,
  RunningStore,
  Settings,
} from '../contracts/config.ts'
import { fingerprint } from './identity.ts'
import { Instances } from './instances.ts'
import type { Layers, Said } from './layers.ts'
import type { Load } from './load-options.ts'
import type { Plugins } from './plugins.ts'
import { type Prepared, type PrepareOptions, prepareUse } from './prepare-use.ts'
import {
  type ProgramSettingsForm,
  programSettingsSchema,
  type SourceAccessForm,
  sourceAccessSchema,
  type UseForm,
} from './schema.ts'

export interface Parts {
  readonly sources: ReadonlyMap<string, RunningSource>
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
  const { layers, settings, plugins, load } = input
  const instances = new Instances(load, settings.dataDir)
  const shared = { plugins, load, dataDir: settings.dataDir }
  const sources = new Map<string, RunningSource>()
  const programs = new Map<string, RunningProgram>()
  const marks: string[] = []
  for (const [name, said] of layers.sources) {
    const options = {
      ...shared,
      kind: 'source',
      name,
      said,
      commonSchema: sourceAccessSchema,
    } as const
    const prepared = await prepareUse(options)
    const instance = prepared === null ? null : instances.source(prepared)
    if (prepared === null || instance === null) continue
    sources.set(name, { ...sourceOf(prepared, settings), instance })
    marks.push(prepared.fingerprint, fingerprint(prepared.common))
  }
  for (const [name, said] of layers.programs) {
    const options = {
      ...shared,
      kind: 'executor',
      name,
      said,
      commonSchema: programSettingsSchema,
    } as const
    const prepared = await prepareUse(options)
    const instance = prepared === null ? null : instances.executor(prepared)
    if (prepared === null || instance === null) continue
    const { definition, common } = prepared
    programs.set(name, {
      name,
      origin: said.origin,
      definition,
      instance,
      settings: programSettings(common),
    })
    marks.push(prepared.fingerprint, fingerprint(common))
  }
  const store = await makeStore(input, shared)
  if (store !== null) marks.push(storeMark(store))
  return { sources, programs, store, instances, fingerprint: fingerprint(marks) }
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

function programSettings({ params, ...rest }: ProgramSettingsForm): ProgramSettings {
  const named = (param: (typeof params)[number]) =>
    typeof param === 'string' ? { name: param, default: null } : param
  return { ...rest, params: params.map(named) }
}

async function makeStore(
  { store, load }: PartsInput,
  shared: Pick<PrepareOptions<'store', typeof NO_COMMON>, 'plugins' | 'load' | 'dataDir'>,
): Promise<RunningStore | null> {
  const prepared = await prepareUse({
    ...shared,
    kind: 'store',
    name: store.value.use,
    said: store,
    commonSchema: NO_COMMON,
  })
  if (prepared === null) return null
  const { definition, options, said } = prepared
  const made = { origin: said.origin, definition, options, baseDir: said.baseDir }
  const before = load.options.reuse?.store
  if (before === undefined || storeMark(before) === storeMark(made)) return before ?? made
  load.warnings.push('A change of `store` takes a restart; the store in use stays.')
  return before
}

// Not by the definition's identity: a store cannot be changed while it is open, so only what it is told counts.
function storeMark({ definition, options, baseDir }: RunningStore): string {
  return fingerprint([definition.name, options, baseDir])
}
