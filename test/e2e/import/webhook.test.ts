import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importHooks } from '../../../core/cli/import/hooks/import-hooks.ts'
import { configText, type Imported } from '../../../core/cli/import/imported.ts'
import { missingTool } from '../../requirements.ts'
import { type Service, startService, until } from '../service.ts'
import { hooksFor, SECRET, TOKEN } from './webhook-hooks.ts'
import { type HookRequest, REQUESTS } from './webhook-requests.ts'

// What it prints last is no JSON, and a variable that is a file is shown by its content.
const SHOW = `#!/bin/sh
echo "ran in $(basename "$PWD") with $# arguments"
for argument in "$@"; do printf '<%s>\\n' "$argument"; done
env | grep '^HOOK_' | grep -v '^HOOK_\\(FILE\\|TEXT\\)=' | sort
if [ -n "$HOOK_FILE" ]; then cat "$HOOK_FILE" "$HOOK_TEXT"; echo; fi
case "$1" in [0-9]) exit "$1" ;; esac
`

const folder = mkdtempSync(join(tmpdir(), 'hookline-import-'))
const skipped = missingTool('webhook')
let webhook: { readonly url: string; readonly child: ChildProcess }
let hookline: Service
let imported: Imported

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function startWebhook(hooks: string): Promise<typeof webhook> {
  const port = await freePort()
  const words = ['-hooks', hooks, '-template', '-ip', '127.0.0.1', '-port', String(port)]
  const env = { PATH: process.env['PATH'], IMPORTED_SECRET: SECRET }
  const child = spawn('webhook', words, { cwd: folder, env, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}`
  await until(
    () =>
      fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    (isUp) => isUp,
  )
  return { url, child }
}

beforeAll(async () => {
  if (skipped !== null) return
  const show = join(folder, 'show.sh')
  writeFileSync(show, SHOW)
  chmodSync(show, 0o755)
  const hooks = join(folder, 'hooks.json')
  // In a template of webhook, quotes within an action are not escaped.
  const text = JSON.stringify(hooksFor(show, folder), null, '\t')
  writeFileSync(hooks, text.replaceAll('\\"IMPORTED_SECRET\\"', '"IMPORTED_SECRET"'))
  imported = await importHooks([hooks], '/hooks')
  writeFileSync(join(folder, 'webhook.config.ts'), configText(imported))
  const secrets = imported.variables.map(({ name }) => [
    name,
    name.includes('_TOKEN') ? TOKEN : SECRET,
  ])
  hookline = await startService({ folder, env: Object.fromEntries(secrets) })
  webhook = await startWebhook(hooks)
}, 60_000)

afterAll(async () => {
  webhook?.child.kill()
  await hookline?.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function send(base: string, request: HookRequest) {
  const { hook, query = '', method = 'POST', headers = {}, body } = request
  const answer = await fetch(`${base}/hooks/${hook}${query}`, {
    ...{ method, headers: { 'user-agent': 'test', accept: '*/*', ...headers } },
    ...(body === undefined ? {} : { body }),
  })
  return {
    status: answer.status,
    type: answer.headers.get('content-type')?.toLowerCase() ?? null,
    own: answer.headers.get('x-a'),
    text: await answer.text(),
  }
}

/** Header names are in lower case in Hookline, and it keeps `host`, which names the port. */
function sameHeaders(text: string): string {
  return text.replace(/^<(\{.*"(?:User-Agent|user-agent)".*\})>$/m, (_all, headers: string) => {
    const entries = Object.entries(JSON.parse(headers) as Record<string, string>)
    const lower = entries.map(([name, value]) => [name.toLowerCase(), value] as const)
    return JSON.stringify(lower.filter(([name]) => name !== 'host').toSorted())
  })
}

describe.skipIf(skipped)('imported hooks, beside webhook', { timeout: 30_000 }, () => {
  it.each(REQUESTS)('$hook: $status $query $method $body', async (request) => {
    const [before, after] = [await send(webhook.url, request), await send(hookline.url, request)]
    expect(before.status).toBe(request.status)
    if (request.runs !== undefined) expect(before.text.startsWith('ran in ')).toBe(request.runs)
    expect(after.status).toBe(before.status)
    // The body of errors about no hook is Hookline's own.
    if ([404, 405].includes(before.status)) return
    expect(sameHeaders(after.text)).toBe(sameHeaders(before.text))
    expect(after.own).toBe(before.own)
    if (before.text !== '') expect(after.type).toBe(before.type)
  })

  it('all hooks are imported, and no secret is in the config', () => {
    expect(imported.rules.length).toBe(hooksFor('', '').length)
    const text = configText(imported)
    expect(text).not.toContain(SECRET)
    expect(text).not.toContain(TOKEN)
    expect(imported.notes.map(({ what }) => what)).toEqual([
      expect.stringContaining('webhook sorts its keys'),
      expect.stringContaining('in lower case'),
      expect.stringContaining('a body that is a list'),
    ])
  })
})
