import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { TunnelView } from '../../../core/api/tunnel/routes.ts'
import { startService, until } from '../service.ts'
import { filesOn, passedTests, writeAll } from './page-code.ts'

const folder = mkdtempSync(join(tmpdir(), 'hookline-page-'))
const files = filesOn('write-a-tunnel.md')
const RELAY = join(import.meta.dirname, '../../fixtures/tunnels/relay.ts')
const path = process.env['PATH']
afterAll(() => {
  process.env['PATH'] = path
  rmSync(folder, { recursive: true, force: true })
})

describe('docs/write-a-tunnel.md', () => {
  writeAll(folder, files)
  // Stands in for bore, which needs the internet: takes the same words, and prints the same line.
  mkdirSync(join(folder, 'bin'))
  const script = `#!/bin/sh
[ "$1 $3 $4" = 'local --to bore.pub' ] || exit 2
exec '${process.execPath}' '${RELAY}' "$2" 203.0.113.7 'listening at '
`
  writeFileSync(join(folder, 'bin/bore'), script, { mode: 0o755 })
  process.env['PATH'] = `${join(folder, 'bin')}:${path}`

  it('makes a tunnel in at most 30 lines', () => {
    expect(files.get('plugins/bore.ts')?.trimEnd().split('\n').length).toBeLessThanOrEqual(30)
  })

  it('makes a tunnel that the service opens', { timeout: 60_000 }, async () => {
    const service = await startService({ folder })
    try {
      const { tunnel } = await until(
        () => service.get<{ tunnel: TunnelView }>('/api/tunnel'),
        (answer) => answer.tunnel.state === 'up',
        30,
      )
      expect(tunnel.plugin).toBe('bore')
      expect((await fetch(`${tunnel.url}/healthz`)).status).toBe(200)
    } finally {
      await service.stop()
    }
  })

  it('has a test that passes', { timeout: 120_000 }, async () => {
    expect(await passedTests(folder, 'plugins/bore.test.ts')).toBe(6)
  })
})
