import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../requirements.ts'
import { BIN, bareEnv, cli, emptyFolder } from './cli-process.ts'

const ROLES = ['viewer', 'operator', 'admin']
const { folder, remove } = emptyFolder()
afterAll(remove)

beforeAll(() => {
  const config = {
    sources: { shop: { use: 'github', options: { secret: 'of the test' } } },
    programs: { paint: { use: 'subprocess', options: { command: ['true'] } } },
    rules: [{ name: 'on a push', on: 'shop.push', run: 'paint' }],
  }
  writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify(config))
  mkdirSync(join(folder, 'bin'))
  const program = join(folder, 'bin/hookline')
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${BIN}' "$@"\n`)
  chmodSync(program, 0o755)
})

async function offered(...words: string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await cli(['__complete', ...words], { cwd: folder })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.split('\n').flatMap((line) => line.split('\t')[0] || [])
}

/** Runs a line in a shell that has read its script. */
async function inShell(shell: string, line: string): Promise<string> {
  const PATH = `${join(folder, 'bin')}:${bareEnv()['PATH']}`
  const { stdout } = await promisify(execFile)(shell, ['-c', line], {
    cwd: folder,
    env: { ...bareEnv(), PATH, HOME: folder, TERM: 'dumb' },
  })
  return stdout
}

describe('completion', () => {
  it.each([
    ['commands', ['pau'], ['pauses', 'pause']],
    ['commands of a command', ['token', ''], ['create', 'list', 'revoke']],
    ['options', ['logs', '--f'], ['--follow']],
    ['the values of an option', ['token', 'create', 'x', '--role', ''], ROLES],
    ['the values of an argument', ['plugin', 'new', 'ex'], ['executor']],
    ['sources of the config', ['send', ''], ['shop']],
    ['programs of the config', ['tasks', '--state', 'dead', '--program', 'p'], ['paint']],
    ['rules of the config', ['backtest', '-r', ''], ['on a push']],
    ['what can be paused', ['pause', 'program', ''], ['paint']],
    ['senders of a new config', ['init', '--source', 'razor'], ['razorpay']],
    ['commands to explain', ['help', 'expl'], ['explain']],
    ['no names of a config that is not there', ['send', '-c', 'none.json', ''], []],
    ['nothing for a file', ['start', '--config', ''], []],
    ['nothing after the last argument', ['task', 'tsk_1', ''], []],
    ['nothing for a command that is none', ['strat', ''], []],
  ])('offers %s', async (_, words, expected) => {
    expect(await offered(...words)).toEqual(expected)
  })

  it.each(['bash', 'zsh', 'fish'])('has a script for %s', async (shell) => {
    const { code, stdout } = await cli(['completion', shell], { cwd: folder })
    expect(code).toBe(0)
    expect(stdout).toContain('_hookline')
  })

  it.skipIf(missingTool('bash'))('works in bash', async () => {
    const ask = (words: string, at: number) =>
      inShell(
        'bash',
        `source <(hookline completion bash); COMP_WORDS=(hookline ${words}); COMP_CWORD=${at}; _hookline; printf '%s\\n' "\${COMPREPLY[@]}"`,
      )
    expect(await ask("token ''", 2)).toBe('create\nlist\nrevoke\n')
    expect(await ask('tasks --rule on', 3)).toBe('on\\ a\\ push\n')
  })

  it.skipIf(missingTool('zsh'))('works in zsh', async () => {
    const line = `autoload -U compinit; compinit -u -D; source <(hookline completion zsh)
      _describe() { print -rl -- "\${(@P)2}" }; words=(hookline token ''); CURRENT=3; _hookline`
    expect(await inShell('zsh', line)).toBe(
      "create:create a token and print it, once\nlist:list the tokens, except the service's own\nrevoke:revoke a token and end its sessions\n",
    )
  })

  it.skipIf(missingTool('fish'))('works in fish', async () => {
    const line = 'hookline completion fish | source; complete -C "hookline token "'
    expect(await inShell('fish', line)).toContain('revoke\trevoke a token and end its sessions\n')
  })
})
