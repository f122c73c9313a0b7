import { expect, it } from 'vitest'
import { ConfigFolder, PLUGINS } from '../config-folder.ts'

const main = (port: number) => `
  const own = require('./own.cjs')
  module.exports = { port: ${port}, plugins: ['./plugins'], logLevel: own.level, managed: own.managed }`
const own = (level: string) => `
  module.exports = { level: '${level}', managed: require('./managed.json') }`

it.each(['webhook.config.js', 'webhook.config.cjs'])(
  '%s is read again with what it requires',
  async (name) => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      'package.json': { type: 'commonjs' },
      [name]: main(1),
      'own.cjs': own('warn'),
      'managed.json': { rules: false },
      'webhooks.d/a.ts': "import part from '../part.cjs'\nexport default part",
      'part.cjs': 'module.exports = {}',
    })
    const load = async () => {
      const { settings, programs, files } = await folder.load()
      for (const file of ['own.cjs', 'managed.json', 'part.cjs']) {
        expect(files).toContain(folder.file(file))
      }
      return [settings.port, settings.logLevel, settings.managed.rules, programs.size]
    }
    expect(await load()).toEqual([1, 'warn', false, 0])
    folder.write(name, main(2))
    expect(await load()).toEqual([2, 'warn', false, 0])
    folder.write('own.cjs', own('debug'))
    expect(await load()).toEqual([2, 'debug', false, 0])
    folder.write('managed.json', { rules: true })
    expect(await load()).toEqual([2, 'debug', true, 0])
    const programs = "{ deploy: { use: 'echo', options: { command: ['deploy'] } } }"
    folder.write('part.cjs', `module.exports = { programs: ${programs} }`)
    expect(await load()).toEqual([2, 'debug', true, 1])
  },
)
