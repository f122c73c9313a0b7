// Any Node.js can read this file: it is what tells the user that theirs is too old.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const [oldest] = engines.node.match(/\d+\.\d+/)
const [major, minor] = process.versions.node.split('.').map(Number)

/** Which Node.js runs the project, as package.json says. All of 23 lack what was added to 22 later. */
export const needed = `${oldest} or later${major === 23 ? ', but not 23' : ''}`

/** Whether the Node.js that runs this file can run the project. */
export function isNewEnough() {
  const [oldestMajor, oldestMinor] = oldest.split('.').map(Number)
  if (major === 23) return false
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
}

/** The path of the Node.js that `npm install` has put into this folder, or null if none is there that starts. */
export function installedNode() {
  const require = createRequire(import.meta.url)
  const { optionalDependencies } = require('./package.json')
  for (const name of Object.keys(optionalDependencies)) {
    try {
      const { bin } = require(`${name}/package.json`)
      const path = require.resolve(`${name}/${bin.node}`)
      // Alpine Linux has it, but another C library than it needs.
      execFileSync(path, ['--version'], { stdio: 'ignore' })
      return path
    } catch {}
  }
  return null
}
