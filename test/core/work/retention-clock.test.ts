import { describe, expect, it } from 'vitest'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import { settingsSchema } from '../../../core/settings/settings.ts'
import { Retention } from '../../../core/work/retention.ts'
import { addTask, createLogger, storeForEach, until } from './setup.ts'

const DAY_MS = 86_400_000

const opened = storeForEach()

describe('a clock that jumps ahead while a node runs', () => {
  it('is not believed until the next look: it may have been set right by then', async () => {
    const id = await addTask(opened.store, 'deploy')
    await opened.store.cancel(id)
    const logger = createLogger()
    const warned = () => logger.lines.filter(({ level }) => level === 'warn').length
    let [aheadMs, looks] = [0, 0]
    let isLasting = false
    const retention = new Retention({
      store: opened.store,
      settings: () => ({ ...settingsSchema.parse({}).retention, everySeconds: 0.05 }),
      logger,
      meter: { ...NO_METER, pruneEnded: () => looks++ },
      // Set right as soon as it was noticed.
      clock: () => Date.now() + (isLasting || warned() === 0 ? aheadMs : 0),
      random: () => 0,
    })
    retention.start()
    await until(() => looks > 0)
    aheadMs = 400 * DAY_MS
    await until(() => warned() === 1)
    const before = looks
    await until(() => looks > before + 1)
    expect(await opened.store.task(id)).not.toBeNull()
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn'])

    isLasting = true
    await until(async () => (await opened.store.task(id)) === null)
    await retention.stop()
    expect(logger.lines.map(({ level }) => level)).toEqual(['warn', 'warn', 'info'])
  })
})
