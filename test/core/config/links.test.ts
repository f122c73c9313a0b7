import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { LiveConfig } from '../../../core/config/load/live.ts'
import { ConfigFolder } from './config-folder.ts'

const CONFIG = `
  import { level } from './level.ts'
  export default { logLevel: level }`

/** Writes a version of all files into a folder of its own, as Kubernetes does for a ConfigMap. */
function publish(folder: string, version: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(folder, version))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, version, name), text)
  symlinkSync(version, join(folder, '..data_tmp'))
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
}

describe('a config behind links that come to lead elsewhere', () => {
  it('is loaded anew, with what it imports', async () => {
    const files = new ConfigFolder({})
    const level = (name: string) => ({
      'webhook.config.ts': CONFIG,
      'level.ts': `export const level = '${name}'`,
    })
    publish(files.path, '..one', level('warn'))
    for (const name of ['webhook.config.ts', 'level.ts']) {
      symlinkSync(join('..data', name), join(files.path, name))
    }
    const live = await LiveConfig.open(files.options({}))
    onTestFinished(() => live.close())
    expect(live.current.settings).toMatchObject({ logLevel: 'warn', dataDir: files.file('data') })

    publish(files.path, '..two', level('error'))
    rmSync(join(files.path, '..one'), { recursive: true })
    await vi.waitFor(() => expect(live.current.settings.logLevel).toBe('error'), 8000)
    expect(live.lastError).toBeNull()

    publish(files.path, '..three', level('silent'))
    rmSync(join(files.path, '..two'), { recursive: true })
    await vi.waitFor(() => expect(live.current.settings.logLevel).toBe('silent'), 8000)
  })
})
