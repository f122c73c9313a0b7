#!/usr/bin/env node
// By default: not every runtime has what is used of it.
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

// Everything else is imported after this check, since an older Node.js would only report a syntax error. Node.js 23 has
// ended, and lacks what 22.18 has.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

const { bun, deno } = process.versions
const other = bun ? `Bun ${bun}` : deno ? `Deno ${deno}` : null

if (other !== null) {
  stop(
    `runs on Node.js; this is ${other}`,
    'runtime_unsupported',
    'Run the command with `node`, 22.18 or later.',
  )
} else if (major > 23 || (major === 22 && minor >= 18)) {
  enableCodeCache()
  findFilesByPath()
  // The reader has closed the pipe, as in `hookline tasks | head -1`.
  process.stdout.on('error', () => process.exit())
  if (['--version', '-V'].includes(process.argv[2] ?? '')) {
    const { hooklineVersion } = await import('../kit/version.ts')
    process.stdout.write(`${hooklineVersion()}\n`)
  } else {
    const { run } = await import('./main.ts')
    process.exitCode = await run(process.argv)
  }
} else {
  stop(
    `needs Node.js 22.18 or later${major === 23 ? ', but not 23' : ''}; this is ${process.versions.node}`,
    'node_too_old',
    'Install a newer Node.js from https://nodejs.org, or use the container image.',
  )
}

function stop(why: string, code: string, remedy: string): void {
  process.stderr.write(`error: Hookline ${why}.\n  code: ${code}\n  what to do: ${remedy}\n`)
  process.exitCode = 1
}

/**
 * Keeps compiled code for the next start, which then takes half the time. In a folder of the user: in the default one,
 * below /tmp, others could put code of theirs. NODE_COMPILE_CACHE names another one; NODE_DISABLE_COMPILE_CACHE=1 turns it off.
 */
function enableCodeCache(): void {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME } = process.env
  if (NODE_COMPILE_CACHE) return
  module.enableCompileCache(join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'hookline'))
}

/** The files of this package, and those of zod, name each other in full. Node.js would look up each, and its package.json. */
function findFilesByPath(): void {
  const root = new URL('../../', import.meta.url).href
  // Bundled code is in `chunks`.
  const folders = ['core/', 'plugins/', 'chunks/', 'node_modules/zod/']
  const urls = folders.map((folder) => root + folder)
  module.registerHooks({
    resolve(specifier, context, next) {
      const { parentURL } = context
      // Modules that are required have other endings.
      const isPath = /^\..*\.[jt]s$/.test(specifier)
      if (!isPath || !urls.some((url) => parentURL?.startsWith(url)))
        return next(specifier, context)
      const format = specifier.endsWith('.ts') ? 'module-typescript' : 'module'
      return { url: new URL(specifier, parentURL).href, format, shortCircuit: true }
    },
  })
}
