import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ServerCredentials, status } from '@grpc/grpc-js'
import { makeRun } from 'hookline/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { removeFolder, serverFolder } from '../servers/server-process.ts'
import { closeAll, create as createAt, handOver } from './create-temporal.ts'
import { TemporalServer } from './server.ts'

const server = new TemporalServer()

beforeAll(() => server.start())
afterEach(closeAll)
afterAll(() => server.stop())

const create = (more: object = {}) => createAt(server, more)

describe('the connection to Temporal', () => {
  it('goes on when Temporal is back', async () => {
    const executor = create()
    const handed = await handOver(server, executor)
    server.stop()
    await expect(handed.look()).rejects.toThrow(/Temporal at 127\.0\.0\.1:\d+/)
    for (const one of [executor, create()]) {
      expect(await one.run(makeRun().run)).toMatchObject({
        retryable: true,
        reason: expect.stringMatching(
          /^broker_unreachable: Temporal at .*: .*(ECONNREFUSED|connection was closed)/,
        ),
      })
    }
    await server.start()
    await expect.poll(() => handed.look().catch(() => 'away'), { timeout: 10_000 }).toBeNull()
    server.complete(handed.id, 2)
    expect(await handed.look()).toEqual({ status: 'succeeded', result: 2 })
  })

  it.each([
    [status.UNAUTHENTICATED, /^broker_access_refused: .* refuses `apiKey` or `tls`/, false],
    [status.PERMISSION_DENIED, /^broker_access_refused: .* the namespace "default"/, undefined],
    [status.RESOURCE_EXHAUSTED, /^broker_full: .* limit on requests/, true],
    [status.INVALID_ARGUMENT, /^message_refused: .*: bad\. /, false],
  ])('says what Temporal refuses with %i', async (code, reason, retryable) => {
    const refusal = { code, details: 'bad' }
    server.refusals.push({ method: 'StartWorkflowExecution', isDone: false, refusal })
    const outcome = await create().run(makeRun().run)
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) })
    expect(outcome).toHaveProperty('status', 'failed')
    expect('retryable' in outcome ? outcome.retryable : undefined).toBe(retryable)
  })

  it('says that the namespace is missing', async () => {
    expect(await create({ namespace: 'other' }).run(makeRun().run)).toMatchObject({
      reason: expect.stringMatching(/^target_missing: .* has no namespace "other"/),
    })
    expect(() => create({ address: 'http://localhost:7233' })).toThrow(/without a scheme/)
  })

  it.skipIf(missingTool('openssl') !== null)(
    'encrypts, and shows its key and certificate',
    async () => {
      const folder = await serverFolder('temporal')
      const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [
        string,
        string,
      ]
      const words =
        'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2'.split(' ')
      const names = ['-subj', '/CN=temporal.test', '-addext', 'subjectAltName=DNS:temporal.test']
      execFileSync('openssl', [...words, ...names, '-keyout', key, '-out', cert], {
        stdio: 'ignore',
      })
      const [private_key, cert_chain] = [readFileSync(key), readFileSync(cert)]
      const secure = new TemporalServer()
      const pairs = [{ private_key, cert_chain }]
      await secure.start(ServerCredentials.createSsl(cert_chain, pairs, true))
      const { address } = secure
      const pem = `${cert_chain}`
      const apiKey = 'not-to-be-shown'
      const tls = { ca: pem, cert: pem, key: `${private_key}`, serverName: 'temporal.test' }
      const handed = await create({ address, apiKey, tls }).run(makeRun().run)
      expect(handed).toMatchObject({ status: 'handed-over' })
      expect(secure.authorizations).toEqual(new Set([`Bearer ${apiKey}`]))
      const outcome = await create({ address, apiKey }).run(makeRun().run)
      expect(outcome).toMatchObject({ reason: expect.stringMatching(/^broker_unreachable/) })
      expect(JSON.stringify(outcome)).not.toContain(apiKey)
      secure.stop()
      await removeFolder(folder)
    },
  )
})
