import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ServicePlace } from '../../../../core/config/load/service-place.ts'
import { ConfigFolder } from '../config-folder.ts'

const IMPORT = "import { github } from 'hookline/sources'\n"

function placeOf(files: Readonly<Record<string, string | object>>): ServicePlace {
  return new ServicePlace({ cwd: new ConfigFolder(files).path, env: { PORT_OF_BOX: '8080' } })
}

describe('the place of a service', () => {
  it('is read without the plugins that the config names', async () => {
    const dataDir = "'definition' in github ? './loaded' : './' + github({ secret: 'x' }).use"
    const config = `${IMPORT}export default { dataDir: ${dataDir} }`
    expect(await placeOf({ 'webhook.config.ts': config }).setting('dataDir')).toBe('./github')
  })

  it('is read with them if the config does more with them', async () => {
    const config = `${IMPORT}export default { dataDir: './' + github.definition.name }`
    expect(await placeOf({ 'webhook.config.ts': config }).setting('dataDir')).toBe('./github')
  })

  it('has the fault of the config itself', async () => {
    const place = placeOf({ 'webhook.config.ts': `${IMPORT}throw new Error('no such box')` })
    await expect(place.dataDir()).rejects.toThrow(/webhook\.config\.ts:2: no such box/)
  })

  it('is read once if the fault is not of a plugin', async () => {
    const count =
      "globalThis.timesRead = (globalThis.timesRead ?? 0) + 1\nthrow new Error('no box')"
    await expect(placeOf({ 'webhook.config.ts': count }).dataDir()).rejects.toThrow('no box')
    expect(globalThis).toMatchObject({ timesRead: 1 })
  })

  it('is checked where the config names it, and has defaults elsewhere', async () => {
    const folder = new ConfigFolder({ 'webhook.config.json': { port: { env: 'PORT_OF_BOX' } } })
    const place = new ServicePlace({ cwd: folder.path, env: { PORT_OF_BOX: '8080' } })
    expect(await place.setting('port')).toBe(8080)
    expect(await place.setting('host')).toBe('0.0.0.0')
    expect(await place.dataDir()).toBe(join(folder.path, 'data'))
    const wrong = placeOf({ 'webhook.config.json': { port: 'x', host: '' } })
    await expect(wrong.setting('port')).rejects.toThrow(/port: must be a number/)
    await expect(wrong.setting('host')).rejects.toThrow(/host: /)
  })
})
