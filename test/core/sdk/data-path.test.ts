import { describe, expect, it } from 'vitest'
import type { PluginContext } from '../../../core/contracts/plugin.ts'
import { dataPath } from '../../../core/sdk/store/data-path.ts'

const moved = { baseDir: '/etc/app', dataDir: '/var/lib/app', configDataDir: '/etc/app/data' }

describe('the path of a database', () => {
  it.each([
    ['./data/hookline.db', '/var/lib/app/hookline.db'],
    ['data/db/a.db', '/var/lib/app/db/a.db'],
    ['/etc/app/data/a.db', '/var/lib/app/a.db'],
    ['./a.db', '/etc/app/a.db'],
    ['./database/a.db', '/etc/app/database/a.db'],
    ['../data/a.db', '/etc/data/a.db'],
    ['/srv/a.db', '/srv/a.db'],
  ])('%s is %s after --data', (path, place) => {
    expect(dataPath(path, moved as PluginContext)).toBe(place)
  })

  it('stays if no other data folder is named', () => {
    const context = { baseDir: '/etc/app', dataDir: '/etc/app/data' } as PluginContext
    expect(dataPath('./data/a.db', context)).toBe('/etc/app/data/a.db')
  })
})
