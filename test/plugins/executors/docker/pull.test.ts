import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeRun } from '../../../../core/testing/make-run.ts'
import { createDocker } from './create-docker.ts'
import { engine, findEngine, rootTar } from './engine.ts'
import { type ImageRegistry, startRegistry } from './image-registry.ts'

const { skip } = await findEngine()
const root = skip === null ? rootTar() : null
const PASSWORD = 'hunter2-hunter2'
const registryAuth = { username: 'puller', password: PASSWORD }

let registry: ImageRegistry

async function run(options: object) {
  const made = makeRun()
  const outcome = await createDocker({ registryAuth, ...options }).run(made.run)
  expect(JSON.stringify(outcome)).not.toContain(PASSWORD)
  return { outcome, stdout: made.output().stdout.toString() }
}

describe.skipIf(root === null)('the image of a docker program', () => {
  beforeEach(async () => {
    registry = await startRegistry(root ?? Buffer.alloc(0), PASSWORD)
  })
  afterEach(async () => {
    await engine('DELETE', `/images/${registry.host}/sample:1?force=true`)
    await registry.close()
  })

  it('is fetched where it is missing, once', async () => {
    const image = `${registry.host}/sample:1`
    expect(await run({ image, pull: 'missing' })).toEqual({
      outcome: { status: 'succeeded', exitCode: 0 },
      stdout: 'from the image\n',
    })
    const asked = registry.manifestRequests()
    expect(asked).toBeGreaterThan(0)
    await run({ image, pull: 'missing' })
    expect(registry.manifestRequests()).toBe(asked)
    await run({ image, pull: 'always' })
    expect(registry.manifestRequests()).toBeGreaterThan(asked)
  })

  it.each([
    ['a tag that is not there', '2', {}],
    ['a wrong password', '1', { registryAuth: { username: 'puller', password: 'wrong' } }],
    ['no password', '1', { registryAuth: undefined }],
  ])('fails for good: %s', async (_title, tag, options) => {
    const image = `${registry.host}/sample:${tag}`
    const { outcome } = await run({ image, pull: 'missing', ...options })
    expect(outcome).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^image_unavailable: .*cannot be fetched/),
    })
  })

  it('is tried again where its registry is gone', async () => {
    await registry.close()
    const { outcome } = await run({ image: `${registry.host}/sample:1`, pull: 'always' })
    registry = await startRegistry(Buffer.alloc(0), PASSWORD)
    expect(outcome).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^image_unavailable: /),
    })
  })
})
