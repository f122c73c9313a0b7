import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Also where commands of administrators are, which are not in everyone's PATH. */
const FOLDERS = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`.split(':')

/**
 * Why tests have to be skipped because the machine lacks something, printed once per call; null if it is there. Throws
 * instead if HOOKLINE_TEST_REQUIRE, a list with commas, has its name, so that a run cannot pass without these tests.
 */
export function skipReason(name: string, missing: string | null): string | null {
  if (missing === null) return null
  const required = (process.env['HOOKLINE_TEST_REQUIRE'] ?? '').split(',')
  if (required.includes(name)) {
    throw new Error(`HOOKLINE_TEST_REQUIRE names ${name}, whose tests cannot run: ${missing}`)
  }
  console.warn(`The tests that need ${name} are skipped: ${missing}`)
  return missing
}

/** The same for commands, which must be installed, on Linux. */
export function missingTool(...names: readonly string[]): string | null {
  if (process.platform !== 'linux') return skipReason(names.join(), 'this is not Linux')
  for (const name of names) {
    if (toolPath(name) === null) return skipReason(name, `the command ${name} is not installed`)
  }
  return null
}

/** Where a command is; null if it is not installed. */
export function toolPath(name: string): string | null {
  const paths = FOLDERS.map((folder) => join(folder, name))
  return paths.find((path) => existsSync(path)) ?? null
}
