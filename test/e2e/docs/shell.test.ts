import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { bareEnv } from '../../core/cli/cli-process.ts'
import { StandIn } from '../../plugins/tunnels/setup.ts'
import { filesOn, runScript, writeAll } from './page-code.ts'
import { blocksOf, pageOf, top } from './pages.ts'

/** The clone that deploy.py of a page updates, and where it comes from. */
const SHOP = `
git init --quiet --initial-branch main ../origin
git -C ../origin -c user.name=Ann -c user.email=ann@example.com commit --quiet --allow-empty --message first
git clone --quiet ../origin ../shop`

/**
 * Runs what a page tells its reader to type, in one shell from its first block to its last: in a clone, as a fresh one would
 * be, with `hookline` installed. A block that cannot run here says why, above it: `<!-- not run: … -->`.
 */
const PAGES: Record<string, { readonly prints: readonly RegExp[]; readonly before?: string }> = {
  'README.md': {
    // Its first block gets the clone in which all others run.
    before: 'npm start',
    prints: [/octocat pushed/, /"program":"announce"/, /trycloudflare\.com\/api\/webhooks\/github/],
  },
  'examples/README.md': { prints: [/octocat pushed/] },
  'docs/install.md': { prints: [/^\d+\.\d+\.\d+$/m, /The config is valid\./] },
  'docs/start.md': {
    prints: [/succeeded/, /accepted/, /trycloudflare\.com\/api\/webhooks\/github/],
  },
  'docs/tunnel.md': {
    prints: [/The config is valid\./, /trycloudflare\.com\/api\/webhooks\/github/],
  },
  'docs/deploy-from-github.md': {
    before: SHOP,
    prints: [
      /The config is valid\./,
      /deployed main at [0-9a-f]{40}/,
      /deploy .*succeeded|succeeded .*deploy/,
    ],
  },
}

/** Where `start` is in a page, the service goes on while the rest is typed. */
const PRELUDE = `
shopt -s expand_aliases
service= pid=
stop() { [ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; }; pid=; }
trap stop EXIT
launch() {
  stop
  env "$@" >service.log 2>&1 & pid=$!
  case "$* $(cat webhook.config.ts)" in *--tunnel*|*cloudflare*) ready=trycloudflare;; *) ready='"url":"http';; esac
  until grep -qs "$ready" service.log; do kill -0 "$pid" || { cat service.log >&2; exit 1; }; sleep 0.1; done
  service=$(sed -n 's/.*"url": *"\\([^"]*\\)".*/\\1/p' data/address.json)
}
# With the blank, the word after it may be an alias.
alias serve='launch '
brew() { :; }
npm() { [ "$1" = install ] || command npm "$@"; }
`

let folder = ''
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true })
  folder = mkdtempSync(join(tmpdir(), 'hookline-shell-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('what is to be typed works', () => {
  it.each(Object.entries(PAGES))('%s', { timeout: 90_000 }, async (page, { before, prints }) => {
    const clone = join(folder, 'clone')
    makeClone(clone)
    const files = page.startsWith('docs/') ? filesOn(page.replace('docs/', '')) : []
    const at = pageOf(page).includes('mkdir hooks') ? join(clone, 'hooks') : clone
    for (const [name, text] of [['deploy.py', 'print("deployed")\n'] as const, ...files]) {
      writeAll(at, new Map([[name, text.replace('/srv/shop', join(folder, 'shop'))]]))
    }
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    const hookline = `#!/bin/sh\nexec '${process.execPath}' '${top}/core/cli/bin.ts' "$@"\n`
    writeFileSync(join(bin, 'hookline'), hookline, { mode: 0o755 })
    symlinkSync(new StandIn(folder, 'cloudflared.ts').command, join(bin, 'cloudflared'))
    const env = {
      ...{ HOME: folder, PORT: '0', HOOKLINE_HOST: '127.0.0.1' },
      PATH: `${bin}:${dirname(process.execPath)}:${bareEnv()['PATH']}`,
    }
    const typed = await runScript(script(page, before), { folder: clone, env, url: '' })
    for (const text of prints) expect(typed).toMatch(text)
  })
})

function script(page: string, before = ''): string {
  const blocks = blocksOf(pageOf(page)).filter(({ language }) => language === 'sh')
  const run = blocks.filter(({ mark }) => !mark?.startsWith('not run: '))
  expect(run.length).toBeGreaterThan(0)
  const lines = [before, ...run.map(({ code }) => code)].join('\n').split('\n')
  return [PRELUDE, ...lines.map(line)].join('\n')
}

function line(text: string): string {
  const [command = ''] = text.split(/\s+#/)
  return (/^(npm start|hookline start)\b/.test(command) ? `serve ${command}` : text)
    .replace('http://localhost:12345', '"$service"')
    .replace('mkdir hooks', 'mkdir -p hooks')
}

/** What a clone has, without another copy of all its files. */
function makeClone(clone: string): void {
  mkdirSync(clone)
  for (const name of ['.node', 'core', 'node_modules', 'package.json', 'plugins']) {
    symlinkSync(join(top, name), join(clone, name))
  }
  for (const name of ['examples', 'webhook.config.ts']) {
    cpSync(join(top, name), join(clone, name), { recursive: true })
  }
}
