import { describe, expect, it } from 'vitest'
import { ConfigFolder, faultsOf, JSON_CONFIG } from '../config/config-folder.ts'

const api = { token: 'token-of-the-api' }
const source = (use: string, options: object = {}) => ({
  use,
  options: { secret: 's', ...options },
})
const SOURCES = {
  github: source('github', { api }),
  hub: source('github', { register: { repositories: ['acme/shop'], token: 'token-of-register' } }),
  bare: source('gitea'),
  stripe: source('stripe'),
  slack: source('slack', { api: { ...api, channel: 'C1' } }),
}
const program = { use: 'subprocess', options: { command: ['true'] } }

const folderOf = (rules: readonly object[], more: object = {}) =>
  new ConfigFolder({
    [JSON_CONFIG]: { sources: SOURCES, programs: { one: program, two: program }, rules, ...more },
  })

describe('the report of a rule', () => {
  it('has the name of the rule or of the program', async () => {
    const { rules } = await folderOf([
      { on: 'github.push', run: 'one', report: 'github' },
      { name: 'site', on: 'hub.pull_request.opened', run: ['one', 'two'], report: 'hub' },
      { on: 'github', run: ['one', 'two'], report: { to: 'github', name: 'ci', output: false } },
      { on: 'stripe', run: 'one', report: 'slack' },
      { on: 'github.push', run: 'one' },
    ]).load()
    expect(rules.map(({ report }) => report && [report.to, report.name, report.output])).toEqual([
      ['github', 'hookline/one', true],
      ['hub', 'hookline/site:one', true],
      ['hub', 'hookline/site:two', true],
      ['github', 'ci (one)', false],
      ['github', 'ci (two)', false],
      ['slack', 'hookline/one', true],
      null,
    ])
  })

  it('is refused where nobody can be told', async () => {
    const rules = [
      { on: 'github.push', run: 'one', report: 'githb' },
      { on: 'bare.push', run: 'one', report: 'bare' },
      { on: 'stripe', run: 'one', report: { to: 'stripe' } },
      { on: 'github.star', run: 'one', report: 'github' },
      { on: 'stripe', run: 'one', report: 'github' },
      { on: 'github.push', run: 'one', report: { name: 'ci' } },
      { on: 'github.push', run: 'one', report: { to: 'github', name: 'two\nlines' } },
    ]
    const faults = faultsOf(await folderOf(rules).fault())
    expect(faults.map(({ code, path, message }) => [code, path, message])).toEqual([
      ['option_invalid', 'rules[5].report.to', expect.any(String)],
      ['option_invalid', 'rules[6].report.name', 'must be one line'],
      ['report_source_unknown', 'rules[0].report', 'there is no source `githb`'],
      [
        'report_impossible',
        'rules[1].report',
        'the source `bare` has no option `api`, so it may not report',
      ],
      ['report_impossible', 'rules[2].report.to', 'sources of the plugin `stripe` cannot report'],
      [
        'report_no_commit',
        'rules[3].report',
        'events of `github.star` name no commit, and `github` reports on commits',
      ],
      ['report_no_commit', 'rules[4].report', expect.any(String)],
    ])
    expect(faults[2]?.remedy).toContain('`github`')
  })

  it('may be in managed config, but not the token for it', async () => {
    const folder = folderOf([], { managed: { sources: true, rules: true } })
    const rules = { r: { on: 'github.push', run: 'one', report: 'github' } }
    const config = await folder.load({ managed: { rules } })
    expect(config.rules[0]?.report?.name).toBe('hookline/r')
    const sources = { mine: source('gitea', { api }) }
    const error = await folder.fault({ managed: { sources } })
    expect(faultsOf(error)).toMatchObject([
      { code: 'managed_refused', path: 'sources.mine.options.api' },
    ])
  })
})
