import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configText, type Imported } from '../../../core/cli/import/imported.ts'
import { importScripts } from '../../../core/cli/import/webhookd/import-scripts.ts'
import { type Service, startService } from '../service.ts'

const SCRIPTS: Readonly<Record<string, string>> = {
  'echo.sh': `#!/bin/sh
greeting=hello
echo "$greeting: name=$hook_name, method=$hook_method, foo=$foo, agent=$user_agent, from=$x_forwarded_for"
echo "body: $1"
echo "to standard error" >&2
`,
  'github/deploy.sh': '#!/bin/sh\necho deploying\nexit 118\n',
  'github/fails.py': '#!/usr/bin/env python3\nimport sys\nsys.exit(3)\n',
  'tasks/list.sh': '#!/bin/sh\ntrue\n',
}

const folder = mkdtempSync(join(tmpdir(), 'hookline-import-'))
let imported: Imported
let service: Service

beforeAll(async () => {
  for (const [name, text] of Object.entries(SCRIPTS)) {
    const path = join(folder, 'scripts', name)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
    chmodSync(path, 0o755)
  }
  writeFileSync(join(folder, 'scripts/README.md'), 'Not a script: $nothing.')
  imported = await importScripts(join(folder, 'scripts'), { prefix: '', baseDir: folder })
  writeFileSync(join(folder, 'webhook.config.ts'), configText(imported))
  service = await startService({ folder })
}, 40_000)
afterAll(async () => {
  await service?.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function call(path: string, init: RequestInit = {}) {
  const answer = await fetch(service.url + path, init)
  return { status: answer.status, text: await answer.text() }
}

describe('imported scripts of webhookd', { timeout: 30_000 }, () => {
  it('get the query and headers as variables, and the body as the first argument', async () => {
    const sent = await call('/echo?foo=a+b', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'tester' },
      body: '{"message": "this is a test"}',
    })
    expect(sent.status).toBe(200)
    expect(sent.text).toContain(
      'hello: name=echo, method=POST, foo=a b, agent=tester, from=127.0.0.1\n',
    )
    expect(sent.text).toContain('body: {"message": "this is a test"}\n')
    expect(sent.text).toContain('to standard error\n')
    expect((await call('/echo')).text).toContain('method=GET, foo=, agent=')
  })

  it('answer with the output and a status by the exit code', async () => {
    expect(await call('/github/deploy')).toEqual({ status: 418, text: 'deploying\n' })
    expect((await call('/github/fails.py')).status).toBe(500)
    expect((await call('/github/fails')).status).toBe(404)
    expect((await call('/README.md')).status).toBe(404)
  })

  it('are listed where something has no equivalent', () => {
    expect(Object.keys(imported.sources)).toEqual(['echo', 'github-deploy', 'github-fails-py'])
    expect(imported.notes).toEqual([
      expect.objectContaining({ what: 'foo is read from the query.' }),
      expect.objectContaining({ what: expect.stringContaining('must not begin with `/tasks`') }),
    ])
  })
})
