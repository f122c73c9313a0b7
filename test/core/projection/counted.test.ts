import { expect, it } from 'vitest'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Projector } from '../../../core/projection/projector.ts'
import { makeEntry } from '../../../core/testing/store-cases/make-entry.ts'
import { openProjected } from './setup.ts'

it('counts once what is committed, also with several projectors', async () => {
  const { store, hash } = await openProjected()
  const random = Math.random
  const projectors = [1, 2, 3].map(
    () => new Projector({ store, hash, logger: SILENT_LOGGER, random }),
  )
  for (const projector of projectors) projector.start()
  for (let index = 0; index < 150; index++) await store.accept(makeEntry())
  const day = { widthSeconds: 86_400, from: 0, to: Number.MAX_SAFE_INTEGER }
  const counted = async () => {
    const found = await store.counts({ kind: 'all', ranges: [day] })
    return found.reduce((sum, { counts }) => sum + (counts['accepted'] ?? 0), 0)
  }
  await expect.poll(counted, { timeout: 15_000 }).toBe(150)
  await Promise.all(projectors.map((projector) => projector.stop()))
  expect(await counted()).toBe(150)
  expect((await store.unprojected(1)).notes).toEqual({ deliveries: [], ends: [] })
})
