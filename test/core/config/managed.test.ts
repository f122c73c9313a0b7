import { mkdirSync, symlinkSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'

/** An executor that says of itself what the test has in its options. */
const TOOL = `
  import { defineExecutor } from 'hookline/sdk/executor'
  import { z } from 'zod'
  const texts = z.array(z.string()).default([])
  export const tool = defineExecutor({
    name: 'tool',
    summary: 'Does what it is told.',
    options: z.object({ runs: texts, sets: texts, folders: texts, refused: texts, isRoot: z.boolean().default(false), note: z.string().optional() }),
    permissions: ({ refused, sets, ...rest }) => ({ ...rest, variables: sets, refused: refused.map((key) => ({ path: [key], message: 'is too much' })) }),
    create: () => { globalThis.madeTools = (globalThis.madeTools ?? 0) + 1; return { run: async () => ({ status: 'succeeded' }) } },
  })`

const WHSEC = `whsec_${'c'.repeat(32)}`
const ring = (name: string) => ({ [name]: { on: 'bell.ring', run: 'deploy' } })
const bell = (options: object) => ({ use: 'bell', options })
const tool = (options: object) => ({ programs: { job: { use: 'tool', options } } })

function folderWith(managed: object, more: object = {}) {
  const files = { ...PLUGINS, 'plugins/tool.ts': TOOL }
  return new ConfigFolder({ ...files, [JSON_CONFIG]: { ...CONFIG, ...more, managed } })
}

describe('managed config', () => {
  it('adds sources and rules, which go by the names of their documents', async () => {
    const folder = folderWith({})
    const config = await folder.load({
      managed: {
        sources: { door: bell({ secret: 'a secret' }) },
        rules: { late: { on: 'door.ring', run: ['deploy', 'tell'] }, ...ring('early') },
      },
    })
    expect(config.rules.map(({ id }) => id)).toEqual([
      ...['deploy on bell.ring', 'late:deploy', 'late:tell', 'early'],
    ])
    expect(config.written.rules.at(-1)).toEqual({
      ...{ name: 'early', origin: { layer: 'managed', file: null } },
      ...{ on: 'bell.ring', when: null, run: 'deploy', steps: [], approval: null },
      answer: 'accepted',
    })
    expect(config.written.sources.get('door')?.options).toEqual({ secret: 'a secret' })
  })

  it.each([
    {
      managed: { sources: { bell: bell({ secret: 'x' }) } },
      faults: ['managed_name_taken sources.bell'],
    },
    { managed: { rules: ring('named') }, faults: ['managed_name_taken rules.named'] },
    { managed: { rules: [{ on: 'bell', run: 'deploy' }] }, faults: [] },
    {
      managed: { rules: { r: { on: 'bell', run: 'nobody' } } },
      faults: ['program_unknown rules.r.run'],
    },
    {
      managed: {
        sources: {
          hub: { use: 'github', options: { secret: 's', register: { token: 't' } } },
          mail: {
            use: 'svix',
            options: { secret: WHSEC, catchUp: { application: 'app_1', token: 't' } },
          },
        },
      },
      faults: [
        'managed_refused sources.hub.options.register',
        'managed_refused sources.mail.options.catchUp',
      ],
    },
    {
      managed: { rules: { r: { on: 'bell', run: 'deploy', when: '1 +' } } },
      faults: ['condition_invalid rules.r.when'],
    },
    { managed: { rules: { r: 5 } }, faults: ['option_invalid rules.r'] },
    {
      managed: { sources: { 'a b': bell({ secret: 'x' }) } },
      faults: ['option_invalid sources["a b"]'],
    },
    {
      managed: { programs: { job: { use: 'echo', options: { command: ['x'] } } } },
      faults: ['managed_refused programs.job.use'],
    },
  ])('finds $faults', async ({ managed, faults }) => {
    const rules = [{ name: 'named', on: 'bell', run: 'tell' }]
    const folder = folderWith({ programs: true }, { rules })
    if (faults.length === 0) await folder.load({ managed: managed as never })
    else expect(await folder.faults({ managed: managed as never })).toEqual(faults)
  })

  it('points to a fault as RFC 6901 does', async () => {
    const error = await folderWith({}).fault({
      managed: { rules: { r: { on: 'bell', run: ['deploy', 'a~b'] } } },
    })
    expect(faultsOf(error).map(({ pointer }) => pointer)).toEqual(['/rules/r/run/1'])
  })

  it.each(['sources', 'rules', 'programs'])(
    'does not leave out %s that are switched off',
    async (kind) => {
      const folder = folderWith({ sources: true, rules: true, programs: true, [kind]: false })
      const managed = { sources: { door: bell({ secret: 'x' }) }, rules: ring('r'), ...tool({}) }
      const faults = await folder.faults({ managed })
      expect(faults.filter((fault) => fault.startsWith('managed_off'))).toEqual([
        `managed_off ${kind}.${{ sources: 'door', rules: 'r', programs: 'job' }[kind]}`,
      ])
    },
  )

  it('is not named by files: they stand without it', async () => {
    const rules = [{ on: 'door.ring', run: 'deploy' }]
    const folder = folderWith({}, { rules })
    expect(await folder.faults({ managed: { sources: { door: bell({ secret: 'x' }) } } })).toEqual([
      'rule_source_unknown rules[0].on',
    ])
  })

  it.each([
    { reference: { file: '/etc/hostname' }, reason: /may not read files/ },
    { reference: { env: 'OTHER' }, reason: /does not allow the variable OTHER/ },
    { reference: { env: 'BELL_A', generate: true }, reason: /no secret is generated/ },
    { reference: { env: 'HOOKLINE_KEY' }, reason: /HOOKLINE_KEY/ },
    { reference: { env: 'hookline_key' }, reason: /hookline_key/ },
  ])('does not follow $reference', async ({ reference, reason }) => {
    const folder = folderWith({ env: ['BELL_*', 'HOOKLINE_*', 'hookline_*'] })
    const managed = { sources: { door: bell({ secret: reference }) } }
    const env = { OTHER: 'other value', HOOKLINE_KEY: 'key', hookline_key: 'key', BELL_A: 'a' }
    const error = await folder.fault({ managed, env })
    expect(faultsOf(error)).toMatchObject([
      { code: 'reference_refused', pointer: '/sources/door/options/secret' },
    ])
    expect(error.message).toMatch(reason)
    expect(error.message).not.toMatch(/other value/)
  })

  it('follows a reference to a variable that `managed.env` names', async () => {
    const managed = { sources: { door: bell({ secret: { env: 'BELL_A' } }) } }
    const config = await folderWith({ env: ['BELL_*'] }).load({
      managed,
      env: { BELL_A: 'the value' },
    })
    expect(config.sources.get('door')?.options).toMatchObject({ secret: 'the value' })
    expect(config.written.sources.get('door')?.options).toEqual({ secret: { env: 'BELL_A' } })
  })
})

describe('a managed program', () => {
  const confined = {
    programs: true,
    env: ['JOB_*'],
    allowedCommands: ['/usr/bin/*', 'docker:python:*'],
  }

  it.each([
    { options: {}, faults: [] },
    {
      options: {
        runs: ['/usr/bin/env', 'docker:python:3'],
        sets: ['JOB_A'],
        variables: { JOB_B: 'a' },
      },
      faults: [],
    },
    { options: { runs: ['/etc/hostname'] }, faults: ['command_not_allowed programs.job.options'] },
    {
      options: { runs: ['/usr/bin/not-there-at-all'] },
      faults: ['command_not_allowed programs.job.options'],
    },
    {
      options: { runs: ['/usr/bin/../../etc/hostname'] },
      faults: ['command_not_allowed programs.job.options'],
    },
    { options: { runs: ['env'] }, faults: ['command_not_allowed programs.job.options'] },
    {
      options: { runs: ['docker:other/python:3'] },
      faults: ['command_not_allowed programs.job.options'],
    },
    { options: { sets: ['LD_PRELOAD'] }, faults: ['managed_refused programs.job.options'] },
    { options: { sets: ['HOOKLINE_KEY'] }, faults: ['managed_refused programs.job.options'] },
    {
      options: { variables: { LD_PRELOAD: 'a' } },
      faults: ['managed_refused programs.job.options'],
    },
    {
      options: { params: [{ name: 'a', file: true }] },
      faults: ['option_invalid programs.job.options'],
    },
    { options: { folders: ['/etc'] }, faults: ['managed_refused programs.job.options'] },
    { options: { isRoot: true }, faults: ['managed_refused programs.job.options'] },
    { options: { refused: ['note'] }, faults: ['managed_refused programs.job.options.note'] },
  ])('is held to what is allowed: $options', async ({ options, faults }) => {
    const folder = folderWith(confined)
    const load = { managed: tool(options) }
    if (faults.length === 0) expect((await folder.load(load)).programs.has('job')).toBe(true)
    else expect(await folder.faults(load)).toEqual(faults)
  })

  it.each(['throw new Error(note)', 'return {}', 'return 5'])(
    'is refused where its plugin fails: %s',
    async (body) => {
      const folder = folderWith(confined)
      folder.write(
        'plugins/tool.ts',
        TOOL.replace(/permissions: .*/, `permissions: ({ note }) => { ${body} },`),
      )
      const error = await folder.fault({ managed: tool({ note: 'what it was given' }) })
      expect(faultsOf(error)).toMatchObject([{ code: 'plugin_broken', path: 'programs.job.use' }])
      expect(error.message).not.toMatch(/what it was given/)
    },
  )

  it('is not created where it is refused', async () => {
    const made = globalThis as { madeTools?: number }
    made.madeTools = 0
    await folderWith(confined).faults({ managed: tool({ isRoot: true }) })
    expect(made.madeTools).toBe(0)
  })

  it('is judged by the file that a link leads to', async () => {
    const folder = folderWith({ ...confined, allowedCommands: ['/tmp/**'] })
    symlinkSync('/etc/hostname', folder.file('innocent.sh'))
    const fault = await folder.fault({ managed: tool({ runs: [folder.file('innocent.sh')] }) })
    expect(fault.message).toMatch(/does not allow .*innocent\.sh \(\/etc\/hostname\)/)
    mkdirSync(folder.file('work'))
    symlinkSync('/etc', folder.file('elsewhere'))
    const inside = { folders: [folder.file('work'), folder.path] }
    expect((await folder.load({ managed: tool(inside) })).programs.has('job')).toBe(true)
    expect(await folder.faults({ managed: tool({ folders: [folder.file('elsewhere')] }) })).toEqual(
      ['managed_refused programs.job.options'],
    )
  })
})
