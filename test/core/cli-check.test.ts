import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli-process.ts'

let place = emptyFolder()
beforeEach(() => {
  place = emptyFolder()
})
afterEach(() => place.remove())

const SOUND = {
  sources: { ci: { use: 'custom', options: { token: { env: 'CI_TOKEN', generate: true } } } },
  programs: { note: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [{ name: 'big', on: 'ci.build', when: 'payload.size > 10', run: 'note' }],
}

function write(config: object): void {
  writeFileSync(join(place.folder, 'webhook.config.json'), JSON.stringify(config))
}

describe('hookline check', () => {
  it('shows sources, programs and rules with where they come from, and writes nothing', async () => {
    write(SOUND)
    const { code, stdout, stderr } = await cli(['check'], { cwd: place.folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('The config is valid.')
    expect(stdout).toMatch(/ci +http:\/\/localhost:\d+\/api\/webhooks\/ci +custom/)
    expect(stdout).toMatch(/note +subprocess +.*webhook\.config\.json/)
    expect(stdout).toMatch(/big +ci\.build +payload\.size > 10 +note +.*webhook\.config\.json/)
    expect(existsSync(join(place.folder, 'data'))).toBe(false)
  })

  it('lists each fault with its place, its code and what to do, and exits with 1', async () => {
    const rule = { on: 'ci.build', run: 'missing' }
    write({ ...SOUND, programs: { note: { use: 'subproces' } }, rules: [rule] })
    const { code, stdout, stderr } = await cli(['check'], { cwd: place.folder })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^error: The config has \d faults\n/)
    expect(stderr).toMatch(
      /- webhook\.config\.json: programs\.note.*\n {2}code: plugin_unknown\n {2}what/,
    )
    expect(stderr).toMatch(
      /- webhook\.config\.json: rules\[0\].*\n {2}code: program_unknown\n {2}what/,
    )
  })

  it('gives faults as JSON too', async () => {
    write({ ...SOUND, programs: { note: { use: 'subproces' } }, rules: [] })
    const { code, stdout } = await cli(['check', '--json'], { cwd: place.folder })
    expect(code).toBe(1)
    const { ok, faults } = JSON.parse(stdout)
    expect(ok).toBe(false)
    expect(faults[0]).toMatchObject({ code: 'plugin_unknown' })
  })

  it('says how to begin where there is no config', async () => {
    const { code, stderr } = await cli(['check'], { cwd: place.folder })
    expect(code).toBe(1)
    expect(stderr).toContain('code: config_missing')
    expect(stderr).toContain('hookline init')
  })

  it('never shows a secret', async () => {
    write(SOUND)
    const env = { CI_TOKEN: 'hunter2-hunter2' }
    for (const args of [['check'], ['check', '--json']]) {
      const { stdout, stderr } = await cli(args, { cwd: place.folder, env })
      expect(stdout + stderr).not.toContain('hunter2')
    }
  })
})
