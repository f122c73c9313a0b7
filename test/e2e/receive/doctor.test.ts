import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sign } from '@octokit/webhooks-methods'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const OLD = 'the secret before the change'
const NEW = 'the secret after the change'
const BODY = '{"zen":"Speak like a human."}'
const configOf = (secret: string) => `
  import { defineConfig } from 'hookline'
  import { custom, github } from 'hookline/sources'
  export default defineConfig({
    sources: {
      github: github({ secret: ${JSON.stringify(secret)} }),
      open: custom({ unverified: true }),
    },
    programs: {},
    rules: [],
  })`
const { folder, remove } = makeFolder(configOf(OLD))
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

/** Sends it, and answers the id under which it was refused. */
async function refused(signature: string): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'ping',
    'x-github-delivery': 'one',
    'x-hub-signature-256': signature,
  }
  const url = `${service.url}/api/webhooks/github`
  const answer = await fetch(url, { method: 'POST', headers, body: BODY })
  expect(answer.status).toBe(401)
  const { deliveries } = await service.get<{ deliveries: { id: string }[] }>('/api/deliveries')
  return deliveries[0]?.id ?? ''
}

async function doctor(...args: readonly string[]) {
  const access = ['--url', service.url, '--token', ADMIN_TOKEN]
  return cli(['doctor', ...args, ...access], { cwd: folder })
}

describe('hookline doctor', () => {
  it('says what it found, how sure it is, and what to do', async () => {
    const id = await refused(await sign(`${OLD}\n`, BODY))
    const { code, stdout, stderr } = await doctor(id)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^refused: +signature does not match any secret$/m)
    expect(stdout).toMatch(/^tried: +\d+ checks of the signature$/m)
    expect(stdout).toMatch(/^found: The secret at the sender has a line end after it/m)
    expect(stdout).toMatch(/^ {2}code: secret_there_malformed$/m)
    expect(stdout).toMatch(/^ {2}what to do: Correct the secret at the sender/m)
    expect(stdout).not.toContain(OLD)
  })

  it('gives the same as JSON', async () => {
    const id = await refused(await sign('unknown', BODY))
    const { stdout } = await doctor(id, '--json')
    expect(JSON.parse(stdout)).toEqual({
      delivery: id,
      source: 'github',
      outcome: 'refused',
      reason: 'signature does not match any secret',
      findings: [
        {
          code: 'nothing_matches',
          certainty: 'likely',
          message: 'No known mistake makes this delivery match.',
          remedy: expect.stringContaining('Most likely the secrets differ'),
        },
      ],
      tried: expect.any(Number),
    })
  })

  it('remembers the secret from before a change of the config', async () => {
    const before = await version()
    writeFileSync(join(folder, 'webhook.config.ts'), configOf(NEW))
    await until(version, (now) => now !== before)
    const { stdout } = await doctor(await refused(await sign(OLD, BODY)))
    expect(stdout).toContain('code: secret_before_change')
    expect(stdout).not.toContain(OLD)
  })

  it('knows no delivery that is not there', async () => {
    const { code, stderr } = await doctor('dlv_none')
    expect(code).toBe(1)
    expect(stderr).toContain('code: delivery_unknown')
  })

  it('needs the admin token', async () => {
    const url = `${service.url}/api/deliveries/dlv_none/diagnose`
    expect((await fetch(url, { method: 'POST' })).status).toBe(401)
  })
})

it('the start warns of a source without any verification', () => {
  const warning = service.lines.find((line) => line.includes('`open` is unverified'))
  expect(JSON.parse(warning ?? '{}')).toMatchObject({ level: expect.anything() })
})

async function version(): Promise<number> {
  return service.lines.filter((line) => line.includes('the config was loaded')).length
}
