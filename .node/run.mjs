// Runs a file of the project: `node .node/run.mjs core/cli/bin.ts start`. By the Node.js that runs this file or, where that is
// too old, by the one that `npm install` has put beside it.
import { spawn } from 'node:child_process'
// By default: an older Node.js has no `enableCompileCache` to name.
import module from 'node:module'
import { homedir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installedNode, isNewEnough, needed } from './find.mjs'

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2']
/** A terminal sends these to all processes of a command by itself. */
const OF_TERMINALS = ['SIGHUP', 'SIGINT', 'SIGQUIT']
/**
 * Where compiled code is kept for the next start, as `core/cli/bin.ts` has it. Where that is known before the first file,
 * Node.js does not even load its reader of TypeScript.
 */
const codeFolder =
  process.env.NODE_COMPILE_CACHE ||
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hookline')
const file = resolve(process.argv[2])
const words = process.argv.slice(3)

if (isNewEnough()) {
  module.enableCompileCache(codeFolder)
  process.argv = [process.argv[0], file, ...words]
  await import(pathToFileURL(file).href)
} else {
  const node = installedNode()
  if (node === null) {
    console.error(
      `Hookline needs Node.js ${needed}; this is ${process.versions.node}. Install a newer one from https://nodejs.org, or run \`npm run setup:node\`.`,
    )
    process.exitCode = 1
  } else {
    const PATH = `${dirname(node)}${delimiter}${process.env.PATH}`
    const env = { ...process.env, PATH, NODE_COMPILE_CACHE: codeFolder }
    const child = spawn(node, [...process.execArgv, file, ...words], { stdio: 'inherit', env })
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (!process.stdin.isTTY || !OF_TERMINALS.includes(signal)) child.kill(signal)
      })
    }
    child.on('exit', (code, signal) => {
      if (signal === null) process.exit(code)
      for (const one of SIGNALS) process.removeAllListeners(one)
      process.kill(process.pid, signal)
    })
  }
}
