// `npm install` runs this in a clone. It gets a Node.js for the npm scripts where the system's is too old.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installedNode, isNewEnough, needed } from './find.mjs'

if (!isNewEnough() && installedNode() === null) {
  console.log(
    `Hookline needs Node.js ${needed}; this is ${process.versions.node}. Its npm scripts get one of their own.`,
  )
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const npm = process.env.npm_execpath
  const [program, ...words] = npm === undefined ? ['npm'] : [process.execPath, npm]
  const { status } = spawnSync(program, [...words, 'ci', '--prefix', folder, '--ignore-scripts'], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // Not a failure of `npm install`: the scripts say what to do.
  if (status !== 0 || installedNode() === null) console.log('None could be installed.')
}
