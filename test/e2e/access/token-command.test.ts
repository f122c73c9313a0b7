import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const { folder, remove } = makeFolder(
  "import { defineConfig } from 'hookline'\nexport default defineConfig({})",
)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

const hookline = (args: readonly string[], token = ADMIN_TOKEN) =>
  cli(args, { cwd: folder, env: { HOOKLINE_URL: service.url, HOOKLINE_TOKEN: token } })

describe('hookline token', () => {
  it('creates, lists and revokes tokens', async () => {
    const made = await hookline(['token', 'create', 'ci', '--role', 'viewer', '--expires', '30d'])
    expect(made).toMatchObject({ code: 0, stderr: '' })
    const token = /^token: +(hkl_\S+)$/m.exec(made.stdout)?.[1] ?? ''
    const expires = Date.parse(/^expires: +(\S+)$/m.exec(made.stdout)?.[1] ?? '')
    expect(Math.abs(expires - Date.now() - 30 * 86_400_000)).toBeLessThan(60_000)

    expect((await hookline(['tasks'], token)).stdout).toBe('No tasks.\n')
    const refused = await hookline(['token', 'list'], token)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toContain('code: forbidden')

    const listed = await hookline(['token', 'list'])
    expect(listed.stdout).toMatch(/^ci +viewer .* admin .*Z$/m)
    expect(listed.stdout).not.toContain(token)
    const again = await hookline(['token', 'create', 'ci', '--role', 'admin'])
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.stderr).toContain('code: token_exists')

    const unsure = await hookline(['token', 'revoke', 'ci'])
    expect(unsure.stderr).toMatch(/needs a confirmation: Revoke the token ci\?[\s\S]*Give --yes/)
    const revoked = await hookline(['token', 'revoke', 'ci', '--yes', '--json'])
    expect(JSON.parse(revoked.stdout)).toMatchObject({ name: 'ci', role: 'viewer' })
    expect((await hookline(['tasks'], token)).stderr).toContain('code: unauthorized')
    expect((await hookline(['token', 'revoke', 'ci', '-y'])).stderr).toContain(
      'code: token_unknown',
    )
    expect((await hookline(['token', 'list'])).stdout).toContain('No tokens except')
  })

  it.each([
    [['token', 'create', 'x'], 'role'],
    [['token', 'create', 'x', '--role', 'root'], 'Allowed choices are viewer'],
    [['token', 'create', 'x', '--role', 'viewer', '--expires', '30'], '--expires'],
    [['token', 'create', 'x', '--role', 'viewer', '--expires', '0d'], '--expires'],
    [['token', 'create', 'x', '--role', 'viewer', '--expires', '-1d'], '--expires'],
    [['audit', 'verify', '--head', 'abc'], '--head'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stdout, stderr } = await hookline(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })

  it('has everything in the audit log, without the tokens', async () => {
    const listed = await hookline(['audit', 'list'])
    expect(listed.stdout).toMatch(/admin +127\.0\.0\.1 +token\.create +ci +done +\{"role":"viewer"/)
    expect(listed.stdout).toMatch(/ci +127\.0\.0\.1 +access\.refused +GET \/api\/tokens +refused/)
    expect(listed.stdout).toMatch(/admin +127\.0\.0\.1 +token\.revoke +ci +done/)
    expect(listed.stdout).not.toContain('hkl_')
    const verified = await hookline(['audit', 'verify'])
    expect(verified).toMatchObject({ code: 0, stderr: '' })
    expect(verified.stdout).toMatch(/^head: +[0-9a-f]{64}$/m)
  })
})

describe('an admin call through a tunnel', () => {
  it('is refused by the real server, a delivery is not', async () => {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-forwarded-for': '192.0.2.7' }
    const refused = await fetch(`${service.url}/api/tasks`, { headers })
    expect(await refused.json()).toMatchObject({ code: 'admin_not_public' })
    const delivered = await fetch(`${service.url}/api/webhooks/none`, { method: 'POST', headers })
    expect(await delivered.json()).toMatchObject({ code: 'source_unknown' })
  })
})
