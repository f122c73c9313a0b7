import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import semver from 'semver'
import { hooklineVersion } from '../kit/version.ts'
import { isRecord } from './record.ts'

const PREFIX = 'hookline-plugin-'
const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?hookline-plugin-[a-z0-9][a-z0-9._-]*$/
const PLUGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/

/** A package with plugins, as npm installed it. */
export interface PluginPackage {
  readonly name: string
  /** Its package.json. */
  readonly file: string
  /** The range of Hookline's versions that it is for; null where it says none. */
  readonly range: string | null
}

/** Whether a text of `plugins` names a package; every other one is a folder. */
export function isPackageName(text: string): boolean {
  return PACKAGE_NAME.test(text)
}

/** The package that is looked for where a config uses a plugin of this name; null where there can be none. */
export function packageNameFor(plugin: string): string | null {
  return PLUGIN_NAME.test(plugin) ? PREFIX + plugin.toLowerCase() : null
}

/** Finds a package in the `node_modules` of a folder and of those above it, as Node does; null where it is in none. */
export function findPackage(name: string, folder: string): PluginPackage | null {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'node_modules', name, 'package.json')
    if (existsSync(file)) return { name, file, range: rangeIn(file) }
    if (dirname(at) === at) return null
  }
}

/** Why a package does not fit this version of Hookline; null where it does. */
export function misfit({ name, range }: PluginPackage): string | null {
  if (range === null) return null
  const version = hooklineVersion()
  if (semver.validRange(range) === null)
    return `${name} is for Hookline ${range}, which is no range`
  if (semver.satisfies(version, range, { includePrerelease: true })) return null
  return `${name} is for Hookline ${range}, and this is ${version}`
}

function rangeIn(file: string): string | null {
  const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const peers = isRecord(content) ? content['peerDependencies'] : undefined
  const range = isRecord(peers) ? peers['hookline'] : undefined
  return typeof range === 'string' ? range : null
}
