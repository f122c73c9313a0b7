import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { newKey } from '../../core/sealing/create-sealed.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { custom: custom({ bearer: 'the-token-of-the-sender' }) },
  encryptPayloads: true,
  dataDir: './data',
})`)
afterAll(remove)

const keyFile = join(folder, 'data/key')

interface Key {
  readonly id: string
  readonly from: string | null
  readonly seals: boolean
  readonly documents: number
  readonly payloads: boolean
}

async function secrets(args: string[], env: Record<string, string> = {}) {
  const given = { HOOKLINE_ADMIN_TOKEN: ADMIN_TOKEN, ...env }
  return cli(['secrets', ...args], { cwd: folder, env: given })
}

async function listed(env: Record<string, string> = {}): Promise<readonly Key[]> {
  const { stdout } = await secrets(['list', '--json'], env)
  return (JSON.parse(stdout) as { keys: Key[] }).keys
}

async function send(service: Service, body: string): Promise<string> {
  const headers = { authorization: 'Bearer the-token-of-the-sender' }
  const path = `${service.url}/api/webhooks/custom`
  const answer = await fetch(path, {
    method: 'POST',
    body,
    headers: { ...headers, 'content-type': 'application/json' },
  })
  expect(answer.status).toBe(202)
  return ((await answer.json()) as { delivery: string }).delivery
}

async function makeToken(service: Service, name: string): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ name, role: 'viewer' })
  const answer = await fetch(`${service.url}/api/tokens`, { method: 'POST', headers, body })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { token: string }).token
}

async function statusWith(service: Service, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(`${service.url}/api/tasks`, { headers })).status
}

// One story: each test continues where the previous one ended.
describe('the life of a key', { timeout: 60_000 }, () => {
  let token: string
  let delivery: string

  it('it is made when it is first needed', async () => {
    expect((await secrets(['list'])).stdout).toContain('There is no key yet')
    const service = await startService({ folder })
    expect(existsSync(keyFile)).toBe(false)
    token = await makeToken(service, 'one')
    delivery = await send(service, '{"said":"before"}')
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    const env = { HOOKLINE_URL: service.url }
    const [key, ...more] = await listed(env)
    expect(key).toMatchObject({ from: keyFile, seals: true, payloads: true })
    expect(key?.documents).toBeGreaterThan(0)
    expect(more).toEqual([])
    const { stdout } = await secrets(['list'], env)
    const kept = readFileSync(keyFile, 'utf8').trim()
    expect(stdout).not.toContain(kept)
    await service.kill()
  })

  it('a new one is made while the service runs, and nothing stops', async () => {
    const service = await startService({ folder })
    const env = { HOOKLINE_URL: service.url }
    const { code, stdout, stderr } = await secrets(['rotate'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [first, second] = await listed(env)
    expect(stdout).toContain(`The key ${first?.id} seals from now on`)
    expect(first).toMatchObject({ seals: true })
    expect(first?.documents).toBeGreaterThan(0)
    expect(second).toMatchObject({ seals: false, documents: 0, payloads: true })
    expect(await statusWith(service, token)).toBe(200)
    expect(await statusWith(service, await makeToken(service, 'two'))).toBe(200)
    expect(await service.get(`/api/deliveries/${delivery}`)).toMatchObject({ id: delivery })
    await service.kill()
  })

  it('a new one is made without the service, and a service that starts finds all', async () => {
    expect((await secrets(['rotate'])).code).toBe(0)
    const keys = await listed()
    expect(keys.map(({ seals }) => seals)).toEqual([true, false, false])
    const service = await startService({ folder })
    expect(await statusWith(service, token)).toBe(200)
    const entries = await service.get<{ entries: { action: string }[] }>('/api/audit?tail=true')
    expect(JSON.stringify(entries)).toContain('secrets.rotate')
    await service.kill()
  })

  it('one in the environment is not changed from here; what to do is said, and works', async () => {
    const HOOKLINE_KEY = newKey()
    const refused = await secrets(['rotate'], { HOOKLINE_KEY })
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/code: key_fixed\n.*rotate --reseal/)
    const resealed = await secrets(['rotate', '--reseal'], { HOOKLINE_KEY })
    expect(resealed.code).toBe(0)
    const [first, ...rest] = await listed({ HOOKLINE_KEY })
    expect(first).toMatchObject({ from: 'HOOKLINE_KEY', seals: true })
    expect(rest.every(({ documents }) => documents === 0)).toBe(true)
    const service = await startService({ folder, env: { HOOKLINE_KEY } })
    expect(await statusWith(service, token)).toBe(200)
    await service.kill()
    // Back to the file.
    expect((await secrets(['rotate', '--reseal'], { HOOKLINE_KEY })).code).toBe(0)
    const text = `${readFileSync(keyFile, 'utf8')}${HOOKLINE_KEY}\n`
    writeFileSync(keyFile, text)
    expect((await secrets(['rotate', '--reseal'])).code).toBe(0)
  })

  it('an old one is forgotten, the one that seals is not', async () => {
    const keys = await listed()
    const [first, , third] = keys.map(({ id }) => id)
    const refused = await secrets(['forget', first ?? '', '--yes'])
    expect(refused.stderr).toContain('code: key_in_use')
    expect((await secrets(['forget', third ?? '', '--yes'])).code).toBe(0)
    expect((await listed()).find(({ id }) => id === third)).toMatchObject({ payloads: false })
  })

  it('where it is lost, the service does not start, says which it needs, and makes none', async () => {
    const needed = (await listed()).map(({ id }) => id).join('|')
    renameSync(keyFile, `${keyFile}.kept`)
    const { code, stdout } = await secrets(['list'])
    expect(code).toBe(1)
    expect(stdout).toMatch(new RegExp(`(${needed}) +nowhere: it is missing`))
    await expect(startService({ folder })).rejects.toThrow(
      new RegExp(`(${needed}) is needed[\\s\\S]*code: key_missing`),
    )
    expect(existsSync(keyFile)).toBe(false)
    expect((await secrets(['rotate'])).stderr).toContain('code: key_missing')
    writeFileSync(keyFile, 'rubbish', { mode: 0o600 })
    await expect(startService({ folder })).rejects.toThrow(/code: key_invalid/)
    expect(readFileSync(keyFile, 'utf8')).toBe('rubbish')
    rmSync(keyFile)
    renameSync(`${keyFile}.kept`, keyFile)
    const service = await startService({ folder })
    expect(await statusWith(service, token)).toBe(200)
    expect(await service.stop()).toBe(0)
  })
})
