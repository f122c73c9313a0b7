import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
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

  it('shows references, not what they stand for', async () => {
    const params = [{ name: 'region', default: { env: 'REGION' } }]
    const note = { use: 'subprocess', options: { ...SOUND.programs.note.options, params } }
    write({ ...SOUND, programs: { note } })
    const env = { REGION: 'value-of-the-variable' }
    const { stdout } = await cli(['check', '--json'], { cwd: place.folder, env })
    expect(stdout).not.toContain(env.REGION)
    expect(JSON.parse(stdout).programs[0].settings.params).toEqual(params)
  })

  it('names the file of the config and of each layer, from a folder below too', async () => {
    write(SOUND)
    mkdirSync(join(place.folder, 'webhooks.d'))
    writeFileSync(join(place.folder, 'webhooks.d/more.yaml'), 'rules: []\n')
    const again = { programs: SOUND.programs }
    writeFileSync(join(place.folder, 'webhooks.d/again.json'), JSON.stringify(again))
    const { stdout } = await cli(['check'], { cwd: join(place.folder, 'webhooks.d') })
    expect(stdout).toMatch(
      /REPLACED +FROM +BY\n +program note +\/.*webhook\.config\.json +\/.*again\.json\n/,
    )
    expect(stdout).toMatch(
      /LAYER +FILE\n +config +\/.*\/webhook\.config\.json\n +drop-in +\/.*again\.json\n +drop-in +\/.*more\.yaml\n/,
    )
    const json = await cli(['check', '--json'], { cwd: place.folder })
    expect(JSON.parse(json.stdout).layers).toEqual([
      { layer: 'config', file: expect.stringMatching(/\/webhook\.config\.json$/) },
      { layer: 'drop-in', file: expect.stringMatching(/\/webhooks\.d\/again\.json$/) },
      { layer: 'drop-in', file: expect.stringMatching(/\/webhooks\.d\/more\.yaml$/) },
    ])
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

  it('prints faults as JSON too', async () => {
    write({ ...SOUND, programs: { note: { use: 'subproces' } }, rules: [] })
    const { code, stdout } = await cli(['check', '--json'], { cwd: place.folder })
    expect(code).toBe(1)
    const { ok, faults } = JSON.parse(stdout)
    expect(ok).toBe(false)
    expect(faults[0]).toMatchObject({ code: 'plugin_unknown' })
  })

  it('says how to begin if there is no config', async () => {
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
