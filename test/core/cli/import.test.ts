import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { importPythonConfig } from '../../../core/cli/import/fastapi/import-config.ts'
import { importHooks } from '../../../core/cli/import/hooks/import-hooks.ts'
import { configText } from '../../../core/cli/import/imported.ts'
import { hooksFor } from '../../e2e/import/webhook-hooks.ts'
import { cli, emptyFolder } from './cli-process.ts'

const ROOT = join(import.meta.dirname, '../../..')

let place = emptyFolder()
beforeEach(() => {
  place = emptyFolder()
})
afterEach(() => place.remove())

const write = (name: string, text: string) => {
  writeFileSync(join(place.folder, name), text)
  return join(place.folder, name)
}
const run = (...args: string[]) => cli(args, { cwd: place.folder })

const YAML = `
- id: deploy
  execute-command: ./deploy.sh
  trigger-rule:
    and:
      - match:
          type: payload-hmac-sha256
          secret: in-plain-text
          parameter: { source: header, name: X-Hub-Signature-256 }
      - match: { type: value, value: main, parameter: { source: payload, name: branch } }
- id: mixed
  execute-command: /bin/true
  trigger-rule:
    or:
      - match:
          type: payload-hmac-sha1
          secret: in-plain-text
          parameter: { source: header, name: X-Sum }
      - match: { type: value, value: a, parameter: { source: payload, name: b } }
  colour: blue
`

describe('hookline import', () => {
  it('writes a config that passes check, lists what is left, and overwrites nothing', async () => {
    write('hooks.yaml', YAML)
    const { code, stdout, stderr } = await run('import', 'hooks.yaml', '--prefix', 'webhooks/')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('wrote webhook.config.ts: deploy\n')
    expect(stdout).toContain('HOOK_DEPLOY_SECRET  (now in hooks.yaml:5)')
    expect(stdout).toContain('hooks.yaml:14 (mixed): The hook was left out')
    const text = readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')
    expect(stdout + text).not.toContain('in-plain-text')
    expect(text).toContain("path: '/webhooks/deploy'")
    const env = { HOOK_DEPLOY_SECRET: 'secret-of-the-test' }
    const checked = await cli(['check', '--json'], { cwd: place.folder, env })
    expect(checked).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(checked.stdout).sources[0].url).toMatch(/\/webhooks\/deploy$/)

    const refused = await run('import', 'hooks.yaml')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('webhook.config.ts already exists')
    expect(readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')).toBe(text)
  }, 60_000)

  it('tells every fault with its hook and line, and no value', async () => {
    const file = write(
      'hooks.json',
      '[\n{"id": "a", "http-methods": "secret-word"},\n{"execute-command": 5},\n\t{"id": "b", "trigger-rule": {"and": [\n{"match": {"type": 1}}]}}, {"id": "c"}, {"id": "c"}]',
    )
    const fault: Error = await importHooks([file], '').catch((error) => error)
    expect(fault).toMatchObject({ code: 'config_unreadable' })
    expect(fault.message.replaceAll(`${file}:`, '').split('\n')).toEqual([
      expect.stringMatching(/^2: hook a: http-methods: /),
      expect.stringMatching(/^3: hook 2: id: /),
      expect.stringMatching(/^3: hook 2: execute-command: /),
      expect.stringMatching(/^5: hook b: trigger-rule\.and\.0\.match\.type: /),
      expect.stringMatching(/^5: hook c: the id is there twice$/),
    ])
    expect(fault.message).not.toContain('secret-word')
  })

  it('leaves out a hook without a program, or with a path that cannot be', async () => {
    const hooks = [{ id: 'a' }, { id: 'b?c', 'execute-command': '/b' }]
    const more = [
      { id: 'tasks', 'execute-command': '/c' },
      { id: 'd', 'execute-command': '/d' },
    ]
    const file = write('hooks.json', JSON.stringify([...hooks, ...more]))
    const { sources, notes } = await importHooks([file], '')
    expect(Object.keys(sources)).toEqual(['d'])
    expect(notes.map(({ at }) => at.replace(file, ''))).toEqual([
      ':1 (a)',
      ':1 (b?c)',
      ':1 (tasks)',
    ])
  })

  it.each(['{', '{"id": "a"}', 'a: [', '"text"'])('refuses %s', async (text) => {
    const file = write('hooks.json', text)
    await expect(importHooks([file], '')).rejects.toMatchObject({ code: 'config_unreadable' })
  })

  it('writes what the formatter would write', async () => {
    const file = write('hooks.json', JSON.stringify(hooksFor('/srv/show.sh', '/srv')))
    const text = configText(await importHooks([file], '/hooks'))
    const biome = join(ROOT, 'node_modules/.bin/biome')
    const words = ['format', '--stdin-file-path=webhook.config.ts']
    expect(execFileSync(biome, words, { cwd: ROOT, input: text, encoding: 'utf8' })).toBe(text)
  })

  it('reads the functions of templates', async () => {
    const action = (inside: string) => `{{ ${inside} }}`
    const hook = (id: string, secret: string) =>
      `{"id": "${id}", "execute-command": "/a", "trigger-rule": {"match": {"type": "payload-hmac-sha1", "secret": "${secret}", "parameter": {"source": "header", "name": "X-Hub-Signature"}}}}`
    const file = write(
      'hooks.json',
      `[${[
        hook('a', action('getenv "SECRET_A" | js')),
        hook('b', action('cat "/run/secrets/b" | js')),
        hook('c', action('credential `SECRET_C`')),
        hook('d', action('if true')),
        hook('e', `x${action('getenv "SECRET_E"')}`),
      ].join(',\n')}]`,
    )
    const imported = await importHooks([file], '/hooks')
    const text = configText(imported)
    expect(text).toContain("secret: env('SECRET_A')")
    expect(text).toContain("secret: file('/run/secrets/b')")
    expect(text).toContain("secret: env('SECRET_C')")
    expect(text).toContain("import { defineConfig, env, file } from 'hookline'")
    expect(Object.keys(imported.sources)).toEqual(['a', 'b', 'c'])
    expect(imported.notes.map(({ at }) => at.replace(file, ''))).toEqual([':4', ':4 (d)', ':5 (e)'])
  })
})

const PYTHON_DICTS = `
import os
SECRET = os.environ["GITHUB_SECRET"]
raise SystemExit("it was run")

WEBHOOK_CONFIGS = {
    "github": {"secret": SECRET, "auth_type": "signature"},
    "gitlab": {"token": os.getenv("GITLAB_TOKEN", ""), "auth_type": "token"},
    "custom": {"token": "in-plain-text", "auth_type": "token", "retries": 3},
    "lan": {"auth_type": "ip", "allowed_ips": ["10.0.0.0/8"]},
}
PROGRAM_CONFIGS = {
    "deploy": {"command": "python /srv/deploy.py --to 'the server'", "params": ["branch", "commit"]},
    "odd": {"command": make_command()},
}
WEBHOOK_TO_PROGRAM_MAPPING = {
    "github": {
        "push": {
            "branch == 'main' and not deleted": "deploy",
            "branch in ('a', 'it-s') or sender is None": ["deploy"],
            "branch.startswith('v') and payload['size'] >= 2": "deploy",
            "len(branch) > 3": "deploy",
        },
        "release": "deploy",
        "ping": "odd",
    },
    "gitlab": {"*": "deploy"},
}
`

const PYTHON_MODELS = `
from typing import Dict
WEBHOOK_CONFIGS: Dict[str, WebhookAuthConfig] = {
    "open": WebhookAuthConfig(auth_type="none"),
    "signed": WebhookAuthConfig(secret=os.environ.get("SIGNED", ""), auth_type="signature"),
}
PROGRAM_CONFIGS: Dict[str, ProgramConfig] = {
    "analyze": ProgramConfig(command="/srv/analyze", params=["data"], working_dir="/srv", timeout=30, run_async=False),
}
WEBHOOK_TO_PROGRAM_MAPPING: Dict[str, Dict[str, List[MappingRule]]] = {
    "open": {"data_update": [MappingRule(condition="True", program="analyze"), MappingRule(condition="kind != 'x'", program="analyze")]},
}
`

describe('hookline import fastapi-config', () => {
  it('reads dictionaries, runs nothing of the file, and passes check', async () => {
    write('config.py', PYTHON_DICTS)
    const { code, stdout, stderr } = await run('import', 'fastapi-config', 'config.py')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const text = readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')
    expect(stdout + text).not.toMatch(/in-plain-text|it was run/)
    for (const part of [
      "github: github({ secret: env('GITHUB_SECRET') })",
      "gitlab: gitlab({ token: env('GITLAB_TOKEN') })",
      "custom: custom({ token: env('CUSTOM_TOKEN') })",
      "lan: custom({ unverified: true, allow: ['10.0.0.0/8'] })",
      "command: ['python', '/srv/deploy.py', '--to', 'the server']",
      'when: "branch == \'main\' && !(deleted)"',
      "when: \"branch in ['a', 'it-s'] || sender == null\"",
      "when: \"branch.startsWith('v') && payload['size'] >= 2\"",
      "{ on: 'gitlab', run: 'deploy' }",
    ]) {
      expect(text).toContain(part)
    }
    expect(stdout).toContain('config.py:9 (WEBHOOK_CONFIGS.custom): retries cannot be imported.')
    expect(stdout).toContain('`len(branch) > 3` cannot be written in CEL')
    expect(stdout).toContain('(PROGRAM_CONFIGS.odd): It was left out')
    const env = { GITHUB_SECRET: 'a-secret', GITLAB_TOKEN: 'a-token', CUSTOM_TOKEN: 'a-token' }
    const checked = await cli(['check', '--json'], { cwd: place.folder, env })
    expect(checked).toMatchObject({ code: 0, stderr: '' })
  }, 60_000)

  it('reads models, also with a list of rules', async () => {
    const imported = await importPythonConfig(write('config.py', PYTHON_MODELS))
    const text = configText(imported)
    for (const part of [
      'open: custom({ unverified: true })',
      "hmac: { secret: env('SIGNED'), header: 'X-Hub-Signature-256', prefix: 'sha256=' }",
      "cwd: '/srv'",
      'timeoutSeconds: 30',
      "{ on: 'open.data_update', run: 'analyze', answer: { wait: 30 } }",
      'when: "kind != \'x\'"',
    ]) {
      expect(text).toContain(part)
    }
  })

  it.each([
    ['a = 1\nb = (', /config\.py:2: this is not valid Python/],
    ['WEBHOOK_CONFIGS = load()', /no WEBHOOK_CONFIGS with webhooks|is no dictionary/],
    ['', /there is no WEBHOOK_CONFIGS/],
    ['WEBHOOK_CONFIGS = []', /WEBHOOK_CONFIGS is no dictionary/],
  ])('refuses %j', async (text, message) => {
    const fault = await importPythonConfig(write('config.py', text)).catch((error) => error)
    expect(fault).toMatchObject({ code: 'config_unreadable' })
    expect(fault.message).toMatch(message)
  })
})
