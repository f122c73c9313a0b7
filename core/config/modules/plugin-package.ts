import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isRecord } from '../../kit/is-record.ts'
import { hooklineVersion } from '../../kit/version.ts'

const PREFIX = 'hookline-plugin-'
const PACKAGE_NAME = /^(@[a-z0-9][a-z0-9._-]*\/)?hookline-plugin-[a-z0-9][a-z0-9._-]*$/
const PLUGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]*$/

/** An installed package with plugins. */
export interface PluginPackage {
  readonly name: string
  /** Path of its package.json. */
  readonly file: string
  /** Range of Hookline versions in its `peerDependencies`; null if it has none. */
  readonly range: string | null
}

/** Whether an item of `plugins` names a package. All others are folders. */
export function isPackageName(text: string): boolean {
  return PACKAGE_NAME.test(text)
}

/** Name of the package that is searched for a plugin of this name; null if the name is not allowed in packages. */
export function packageNameFor(plugin: string): string | null {
  return PLUGIN_NAME.test(plugin) ? PREFIX + plugin.toLowerCase() : null
}

/** Finds a package as Node does: in `node_modules` of a folder or of one above it. Null if it is not installed. */
export function findPackage(name: string, folder: string): PluginPackage | null {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'node_modules', name, 'package.json')
    if (existsSync(file)) return { name, file, range: rangeIn(file) }
    if (dirname(at) === at) return null
  }
}

/** Why a package does not fit this version of Hookline; null if it does. */
export async function misfit({ name, range }: PluginPackage): Promise<string | null> {
  if (range === null) return null
  const { default: semver } = await import('semver')
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
