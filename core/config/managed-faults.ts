import { realpathSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import type { ManagedSettings } from '../contracts/config.ts'
import type { ExecutorDefinition, ProgramReach } from '../contracts/executor.ts'
import type { EnvReference, FileReference } from '../contracts/plugin.ts'
import { below, type Fault, faultAt, type Place } from './fault.ts'
import { matchesAny } from './glob-match.ts'
import type { Layers, Said } from './layers.ts'
import { MANAGED_KINDS } from './managed-parts.ts'
import type { UseForm } from './schema.ts'

/** Hookline's own variables hold its keys and tokens: no setting lets managed config have them. */
const OWN_VARIABLE = /^HOOKLINE_/i

/** Faults of managed parts whose kind may not be managed: they are never left out in silence, since a rule's tasks would be lost. */
export function managedOffFaults(layers: Layers, managed: ManagedSettings): readonly Fault[] {
  return MANAGED_KINDS.filter((kind) => !managed[kind]).flatMap((kind) =>
    [...layers[kind].values()]
      .filter((said) => said.origin.layer === 'managed')
      .map((said) =>
        faultAt(said.place, 'managed_off', { message: `\`managed.${kind}\` is not on` }),
      ),
  )
}

/** Why a managed value may not follow a reference; null where it may. Files of the server are never read for it. */
export function refusedReference(
  reference: EnvReference | FileReference,
  managed: ManagedSettings,
): string | null {
  if ('file' in reference) return 'managed config may not read files of this machine'
  // Each node would make another one.
  if (reference.generate === true) return 'no secret is generated for managed config'
  return refusedVariable(reference.env, managed)
}

/** Why a managed value may not refer to a variable; null where it may. */
export function refusedVariable(name: string, { env }: ManagedSettings): string | null {
  if (!OWN_VARIABLE.test(name) && matchesAny(name, env)) return null
  return `\`managed.env\` does not allow the variable ${name}`
}

export interface ReachInput {
  readonly said: Said<UseForm>
  readonly definition: ExecutorDefinition
  /** As the options schema gave them. */
  readonly options: Record<string, unknown>
  readonly dataDir: string
  readonly managed: ManagedSettings
}

/** What a managed program would run or touch beyond what `managed` allows. */
export function reachFaults(input: ReachInput): readonly Fault[] {
  try {
    return findFaults(input)
  } catch (error) {
    const { definition, said } = input
    // Its own words may quote the options.
    const kind = error instanceof Error ? error.name : 'no error'
    const message = `the plugin \`${definition.name}\` failed to say what it would reach (${kind})`
    return [faultAt(below(said.place, 'use'), 'plugin_broken', { message })]
  }
}

function findFaults(input: ReachInput): readonly Fault[] {
  const { said, definition, options, dataDir, managed } = input
  const { baseDir, place } = said
  const reach = definition.reach?.(options, { baseDir, dataDir }) ?? null
  if (reach === null) {
    const message = `programs of \`${definition.name}\` cannot be managed`
    return [faultAt(below(place, 'use'), 'managed_refused', { message })]
  }
  const at = below(place, 'options')
  const refuse = (message: string) => faultAt(at, 'managed_refused', { message })
  return [
    ...reach.refused.map(({ path, message }) =>
      faultAt(below(at, ...path), 'managed_refused', { message }),
    ),
    ...runFaults(reach, at, managed),
    ...reach.variables
      .map((name) => refusedVariable(name, managed))
      .filter((message) => message !== null)
      .map(refuse),
    ...reach.folders
      .filter((folder) => !isInside(folder, baseDir))
      .map((folder) => refuse(`${folder} is not a folder in that of the config`)),
    ...(reach.isRoot ? [refuse('it would run as root: no managed program may')] : []),
  ]
}

function runFaults(
  { runs }: ProgramReach,
  place: Place,
  { allowedCommands }: ManagedSettings,
): readonly Fault[] {
  return runs.flatMap((run) => {
    const real = isAbsolute(run) ? realPath(run) : run
    if (real !== null && matchesAny(real, allowedCommands)) return []
    const what = real === null || real === run ? run : `${run} (${real})`
    const message =
      real === null
        ? `${what} does not exist`
        : `\`managed.allowedCommands\` does not allow ${what}`
    return [faultAt(place, 'command_not_allowed', { message })]
  })
}

function isInside(folder: string, baseDir: string): boolean {
  const [real, base] = [realPath(folder), realPath(baseDir)]
  if (real === null || base === null) return false
  const path = relative(base, real)
  return !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`)
}

function realPath(path: string): string | null {
  try {
    return realpathSync(path)
  } catch {
    return null
  }
}
