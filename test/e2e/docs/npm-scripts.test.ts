import { join } from 'node:path'
import { describe, it } from 'vitest'
import { makeFolder } from '../service.ts'
import { expectEndWithNpm } from './npm-service.ts'

const top = join(import.meta.dirname, '../../..')
const CONFIG = `
  import { defineConfig, env } from 'hookline'
  import { github } from 'hookline/sources'
  export default defineConfig({
    sources: { github: github({ secret: env('GITHUB_SECRET', { generate: true }) }) },
    programs: {},
    rules: [],
  })`

describe('a script of npm that runs the service', () => {
  it.each([[['start']], [['run', 'dev']], [['run', 'hookline', 'start']]])(
    'ends it on a TERM to npm: %j',
    { timeout: 60_000 },
    async (script) => {
      const { folder, remove } = makeFolder(CONFIG)
      const at = ['--config', join(folder, 'webhook.config.ts'), '--data', join(folder, 'data')]
      const words = ['--prefix', top, ...script, '--', ...at, '--port', '0', '--host', '127.0.0.1']
      try {
        await expectEndWithNpm('npm', words, folder)
      } finally {
        remove()
      }
    },
  )
})
