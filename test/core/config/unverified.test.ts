import { describe, expect, it } from 'vitest'
import { cli } from '../cli/cli-process.ts'
import { ConfigFolder, JSON_CONFIG } from './config-folder.ts'

const BASE = { programs: {}, rules: [] }

function config(sources: Readonly<Record<string, object>>): object {
  return { ...BASE, sources }
}

describe('a source without any verification', () => {
  it('is warned of by name, and what guards it', async () => {
    const sources = {
      open: { use: 'custom', options: { unverified: true } },
      listed: { use: 'custom', options: { unverified: true, allow: ['192.0.2.0/24'] } },
      hub: { use: 'dockerhub', options: { unverified: true } },
      safe: { use: 'custom', options: { token: 'a secret', allow: ['192.0.2.0/24'] } },
    }
    const { warnings } = await new ConfigFolder({ [JSON_CONFIG]: config(sources) }).load()
    expect(warnings).toEqual([
      'The source `open` is unverified: whoever can reach this service can send its events.',
      expect.stringMatching(/^The source `listed` is unverified: its allow list is all that/),
      expect.stringMatching(/^The source `hub` is unverified/),
    ])
  })

  it('is shown by `hookline check`', async () => {
    const sources = { open: { use: 'custom', options: { unverified: true } } }
    const folder = new ConfigFolder({ [JSON_CONFIG]: config(sources) })
    const { code, stdout } = await cli(['check'], { cwd: folder.path })
    expect(code).toBe(0)
    expect(stdout).toContain('warning: The source `open` is unverified')
  })

  it('must be asked for', async () => {
    const sources = { open: { use: 'custom', options: {} } }
    const folder = new ConfigFolder({ [JSON_CONFIG]: config(sources) })
    expect(await folder.faults()).toEqual(['option_invalid sources.open.options'])
  })
})
