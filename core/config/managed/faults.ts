import { realpathSync } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import type { ExecutorDefinition, RequiredPermissions } from '../../contracts/executor.ts'
import type { EnvReference, FileReference } from '../../contracts/plugin.ts'
import type { Settings } from '../../settings/settings.ts'
import { below, type ConfigLocation, type Fault, faultAt } from '../fault.ts'
import { matchesAny } from '../glob-match.ts'
import type { Declared, Layers } from '../load/layers.ts'
import type { ProgramSettingsForm, UseForm } from '../schema/config.ts'
import { MANAGED_KINDS } from './kinds.ts'

/** Hookline's own variables hold its keys and tokens: managed config may never read them. */
const OWN_VARIABLE = /^HOOKLINE_/i

/** Faults of managed parts whose kind is not allowed. They are faults, not left out, since a rule's tasks would be lost. */
export function managedOffFaults(layers: Layers, managed: Settings['managed']): readonly Fault[] {
  return MANAGED_KINDS.filter((kind) => !managed[kind]).flatMap((kind) =>
    [...layers[kind].values()]
      .filter((declared) => declared.origin.layer === 'managed')
      .map((declared) =>
        faultAt(declared.location, 'managed_off', { message: `\`managed.${kind}\` is not on` }),
      ),
  )
}

/** Why a managed value may not use a reference; null if it may. References to files are never allowed. */
export function refusedReference(
  reference: EnvReference | FileReference,
  managed: Settings['managed'],
): string | null {
  if ('file' in reference) return 'managed config may not read files of this machine'
  // Each node would generate a different one.
  if (reference.generate === true) return 'no secret is generated for managed config'
  return refusedVariable(reference.env, managed)
}

/** Why a managed value may not read an environment variable; null if it may. */
function refusedVariable(name: string, { env }: Settings['managed']): string | null {
  if (!OWN_VARIABLE.test(name) && matchesAny(name, env)) return null
  return `\`managed.env\` does not allow the variable ${name}`
}

/** Managed config may not register webhooks: whoever writes it could call any address of this network. */
export function providerFault({ location }: Declared<UseForm>, option: string): Fault {
  const message = 'managed config may not call the API of a provider'
  return faultAt(below(location, 'options', option), 'managed_refused', {
    message,
    remedy: `Define the source in a config file, or leave out \`${option}\`.`,
  })
}

export interface PermissionInput {
  readonly declared: Declared<UseForm>
  readonly definition: ExecutorDefinition
  /** The output of the options schema. */
  readonly options: Record<string, unknown>
  readonly common: Pick<ProgramSettingsForm, 'variables'>
}

/** Faults for each permission of a managed program that `managed` does not allow. */
export function permissionFaults(input: PermissionInput, settings: Settings): readonly Fault[] {
  try {
    return findFaults(input, settings)
  } catch (error) {
    const { definition, declared } = input
    // The plugin's own message may quote the options.
    const kind = error instanceof Error ? error.name : 'no error'
    const message = `the plugin \`${definition.name}\` failed to say which permissions it needs (${kind})`
    return [faultAt(below(declared.location, 'use'), 'plugin_broken', { message })]
  }
}

function findFaults(
  { declared, definition, options, common }: PermissionInput,
  { dataDir, managed }: Settings,
): readonly Fault[] {
  const { baseDir, location } = declared
  const permissions = definition.permissions?.(options, { baseDir, dataDir }) ?? null
  if (permissions === null) {
    const message = `programs of \`${definition.name}\` cannot be managed`
    return [faultAt(below(location, 'use'), 'managed_refused', { message })]
  }
  const at = below(location, 'options')
  const refuse = (message: string) => faultAt(at, 'managed_refused', { message })
  return [
    ...permissions.refused.map(({ path, message }) =>
      faultAt(below(at, ...path), 'managed_refused', { message }),
    ),
    ...runFaults(permissions, at, managed),
    ...[...permissions.variables, ...Object.keys(common.variables)]
      .map((name) => refusedVariable(name, managed))
      .filter((message) => message !== null)
      .map(refuse),
    ...permissions.folders
      .filter((folder) => !isInside(folder, baseDir))
      .map((folder) => refuse(`${folder} is not inside the folder of the config`)),
    ...(permissions.isRoot ? [refuse('it would run as root, which no managed program may')] : []),
  ]
}

function runFaults(
  { runs }: RequiredPermissions,
  location: ConfigLocation,
  { allowedCommands }: Settings['managed'],
): readonly Fault[] {
  return runs.flatMap((run) => {
    const real = isAbsolute(run) ? realPath(run) : run
    if (real !== null && matchesAny(real, allowedCommands)) return []
    const what = real === null || real === run ? run : `${run} (${real})`
    const message =
      real === null
        ? `${what} does not exist`
        : `\`managed.allowedCommands\` does not allow ${what}`
    return [faultAt(location, 'command_not_allowed', { message })]
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
