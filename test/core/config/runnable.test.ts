import { chmodSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { GITHUB_ACTIONS } from '../../../plugins/sources/github/actions.ts'
import type { GithubPayloads } from '../../../plugins/sources/github/payloads.ts'
import { ConfigFolder, JSON_CONFIG } from './config-folder.ts'

const SOURCES = { github: { use: 'github', options: { secret: 'the secret of the hook' } } }

/** Warnings of a config with one program, less where they are. */
async function warningsFor(
  use: string,
  options: object,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const program = { use, options: { allowRoot: true, ...options } }
  const folder = new ConfigFolder({ ...files, [JSON_CONFIG]: { programs: { deploy: program } } })
  for (const name of Object.keys(files))
    if (name.endsWith('.sh')) chmodSync(folder.file(name), 0o755)
  const { warnings } = await folder.load()
  const where = `${folder.file(JSON_CONFIG)}: programs.deploy: `
  return warnings.map((text) => text.replace(where, '').replaceAll(folder.path, '.'))
}

async function ruleWarnings(rule: object, options: object = {}): Promise<readonly string[]> {
  const programs = {
    deploy: { use: 'subprocess', options: { command: ['/bin/true'], ...options } },
  }
  const folder = new ConfigFolder({ [JSON_CONFIG]: { sources: SOURCES, programs, rules: [rule] } })
  return (await folder.load()).warnings.map((text) => text.replace(/^.*?: /, ''))
}

describe('a program that cannot run as things are', () => {
  const unix = '#!/bin/sh\nexit 0\n'

  it.each([
    [['./deploy.sh'], { 'deploy.sh': unix }, []],
    [['sh', './deploy.sh'], { 'deploy.sh': unix }, []],
    [['/bin/true', './made-later'], {}, []],
    [
      ['./deploi.sh'],
      { 'deploy.sh': unix },
      ['`command`: there is no program ./deploi.sh. Did you mean `deploy.sh`?'],
    ],
    [['./gone/deploy.sh'], {}, ['`command`: there is no program ./gone/deploy.sh.']],
    [['sleeep'], {}, ['`command`: there is no program `sleeep` in PATH. Did you mean `sleep`?']],
    [
      ['./deploy.sh --fast'],
      { 'deploy.sh': unix },
      [
        '`command`: there is no program `./deploy.sh --fast`. No shell reads the command: write ["./deploy.sh","--fast"], or ["/bin/sh", "-c", "./deploy.sh --fast"]',
      ],
    ],
    [
      ['./deploy'],
      { deploy: unix },
      [
        '`command`: ./deploy is not a file that may be executed. If it is a script, run `chmod +x ./deploy`',
      ],
    ],
    [
      ['./deploy.sh'],
      { 'deploy.sh': unix.replaceAll('\n', '\r\n') },
      [
        '`command`: the first line of ./deploy.sh ends with a carriage return, so no interpreter is found: save the file with LF line ends, not CRLF',
      ],
    ],
    [
      ['./deploy.sh'],
      { 'deploy.sh': '#!/usr/bin/env no-such-shell\n' },
      ['`command`: ./deploy.sh needs the interpreter `no-such-shell`, which is not there'],
    ],
    [
      ['./deploy.sh'],
      { 'deploy.sh': '#!/opt/none/bin/tool -x\n' },
      ['`command`: ./deploy.sh needs the interpreter `/opt/none/bin/tool`, which is not there'],
    ],
    [
      ['sh', './deploi.sh'],
      { 'deploy.sh': unix },
      ['`command`: there is no file ./deploi.sh. Did you mean `deploy.sh`?'],
    ],
  ])('is warned of: %j', async (command, files, expected) => {
    expect(await warningsFor('subprocess', { command }, files)).toEqual(expected)
  })

  it('is warned of where its folder is missing', async () => {
    const warnings = await warningsFor('subprocess', { command: ['/bin/true'], cwd: 'none' })
    expect(warnings).toEqual(['`cwd`: there is no folder ./none'])
  })

  it('is warned of where it is Python', async () => {
    const files = { 'report.py': 'print(1)' }
    expect(await warningsFor('python', { script: 'report.py' }, files)).toEqual([])
    expect(await warningsFor('python', { script: 'reprot.py' }, files)).toEqual([
      '`script`: there is no file ./reprot.py. Did you mean `report.py`?',
    ])
    const none = { script: 'report.py', interpreter: './venv/bin/python' }
    expect(await warningsFor('python', none, files)).toEqual([
      '`interpreter`: there is no program ./venv/bin/python.',
    ])
  })
})

describe('a rule that fits no event', () => {
  it('is warned of by its action', async () => {
    expect(await ruleWarnings({ on: 'github.pull_request.opened', run: 'deploy' })).toEqual([])
    expect(await ruleWarnings({ on: 'github.repository_dispatch.mine', run: 'deploy' })).toEqual([])
    expect(await ruleWarnings({ on: 'github.pull_request.opend', run: 'deploy' })).toEqual([
      'rules[0]: `pull_request` has no known action `opend`. Did you mean `github.pull_request.opened`?',
    ])
    const [warning] = await ruleWarnings({ on: 'github.star.unstarred', run: 'deploy' })
    expect(warning).toMatch(/`star` has no known action `unstarred`. There are: created, deleted\./)
  })

  it('is warned of by the params of its program', async () => {
    const on = { on: 'github.push', run: 'deploy' }
    expect(await ruleWarnings(on, { params: ['branch', 'head_commit.id', 'ref'] })).toEqual([])
    expect(await ruleWarnings(on, { params: ['brnach'] })).toEqual([
      'rules[0]: the param `brnach` of `deploy` is no fact of `github.push`, so it is read from the payload. Did you mean `branch`?',
    ])
  })

  it('is refused where its source is missing', async () => {
    const rule = { on: 'gitlab.push', run: 'deploy' }
    await expect(ruleWarnings(rule)).rejects.toThrow(/there is no source `gitlab`/)
  })

  it('is known by all actions that the types of GitHub have', () => {
    type Actions = typeof GITHUB_ACTIONS
    type Named = {
      [Event in keyof Actions & string]: `${Event}.${Actions[Event][number]}`
    }[keyof Actions & string]
    type Typed = Extract<keyof GithubPayloads, `${string}.${string}`>
    expectTypeOf<Exclude<Typed, Named>>().toEqualTypeOf<never>()
    expectTypeOf<Exclude<Named, Typed>>().toEqualTypeOf<never>()
  })
})
