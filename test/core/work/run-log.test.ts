import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { LogStream } from '../../../core/contracts/executor.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { RunLog } from '../../../core/work/run-log.ts'
import { addTask, createLogger, storeForEach, until } from './setup.ts'

const opened = storeForEach()

interface Given {
  readonly limitBytes?: number
  readonly secrets?: readonly string[]
  /** In place of the store itself. */
  readonly store?: Pick<StoreInstance, 'appendLog'>
}

async function openLog({ limitBytes = 1000, secrets = [], store = opened.store }: Given = {}) {
  const taskId = await addTask(opened.store, 'any')
  const redactor = new Redactor()
  redactor.set(secrets)
  const logger = createLogger()
  const options = { taskId, attempt: 1, limitBytes, redactor, logger, clock: Date.now }
  const log = new RunLog({ ...options, store })
  const write = (text: string, stream: LogStream = 'stdout') => log.write(stream, Buffer.from(text))
  const chunks = () => opened.store.readLog(taskId, { limit: 10_000 })
  const kept = async (stream?: LogStream) =>
    (await chunks())
      .filter((chunk) => stream === undefined || chunk.stream === stream)
      .map((chunk) => chunk.text)
      .join('')
  return { log, write, chunks, kept, logger }
}

describe('RunLog', () => {
  it('keeps nothing of a silent program', async () => {
    const { log, write, chunks } = await openLog()
    write('')
    await log.end()
    expect(await chunks()).toEqual([])
  })

  it('keeps streams apart and in order, and shows output while the program runs', async () => {
    const { log, write, chunks, kept } = await openLog()
    write('one\n')
    write('oops\n', 'stderr')
    write('two\n')
    const live = await until(async () => ((await chunks()).length === 3 ? chunks() : null))
    expect(live.map(({ stream, text }) => [stream, text])).toEqual([
      ['stdout', 'one\n'],
      ['stderr', 'oops\n'],
      ['stdout', 'two\n'],
    ])
    await log.end()
    write('late')
    expect(await kept()).toBe('one\noops\ntwo\n')
  })

  it('keeps the first half and the last, and says how much is left out', async () => {
    const { log, write, kept } = await openLog({ limitBytes: 20 })
    for (const digit of '0123456789') write(digit.repeat(10))
    await log.end()
    expect(await kept()).toBe('0000000000\n[… 80 bytes left out …]\n9999999999')
  })

  it.each([20, 21])('keeps all of %d bytes where the limit is that', async (limitBytes) => {
    const { log, write, kept } = await openLog({ limitBytes })
    write('x'.repeat(limitBytes - 3))
    write('end')
    await log.end()
    expect(await kept()).toBe(`${'x'.repeat(limitBytes - 3)}end`)
  })

  it('cuts between characters', async () => {
    const { log, write, kept } = await openLog({ limitBytes: 20 })
    write('€'.repeat(20))
    await log.end()
    expect(await kept()).toBe('€€€\n[… 42 bytes left out …]\n€€€')
  })

  it('cuts one huge chunk and many tiny ones alike', async () => {
    for (const size of [1, 7, 100_000]) {
      const { log, kept } = await openLog({ limitBytes: 1000 })
      const all = Buffer.from(Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join(''))
      for (let at = 0; at < all.length; at += size) log.write('stdout', all.subarray(at, at + size))
      await log.end()
      const marker = `\n[… ${all.length - 1000} bytes left out …]\n`
      expect(await kept()).toBe(
        all.toString('utf8', 0, 500) + marker + all.toString('utf8', all.length - 500),
      )
    }
  })

  it('redacts across chunk borders and across a cut', async () => {
    const { log, write, kept } = await openLog({ limitBytes: 60, secrets: ['swordfish'] })
    for (const letter of 'token=swordfish;') write(letter)
    write('x'.repeat(9))
    write('swordfish'.repeat(20))
    write('end sword')
    await log.end()
    expect(await kept()).toMatch(/^token=\[redacted\];x{9}\[red\n/)
    expect(await kept()).toMatch(/end sword$/)
    expect(await kept()).not.toContain('swordfish')
  })

  it('decodes each stream by itself and marks what is no UTF-8', async () => {
    const { log, kept } = await openLog()
    const euro = Buffer.from('€')
    log.write('stdout', euro.subarray(0, 1))
    log.write('stderr', euro.subarray(0, 2))
    log.write('stdout', euro.subarray(1))
    log.write('stderr', euro.subarray(2))
    log.write('stdout', Uint8Array.of(0x61, 0xff, 0x62, 0x00))
    log.write('stderr', Uint8Array.of(0xe2, 0x82))
    await log.end()
    expect(await kept('stdout')).toBe('€a\uFFFDb\uFFFD')
    expect(await kept('stderr')).toBe('€\uFFFD')
  })

  it('keeps order and loses nothing when the store is slow or fails at times', async () => {
    let calls = 0
    const store: Pick<StoreInstance, 'appendLog'> = {
      async appendLog(entries) {
        calls++
        await sleep(20)
        if (calls % 2 === 1) throw new Error('busy')
        await opened.store.appendLog(entries)
      },
    }
    const { log, write, kept } = await openLog({ limitBytes: 2 ** 21, store })
    const all = Array.from({ length: 300 }, (_, index) => `${index} ${'x'.repeat(1000)}\n`)
    for (const line of all) {
      write(line)
      if (line.startsWith('150')) await sleep(50)
    }
    await log.end()
    expect(await kept()).toBe(all.join(''))
  })

  it('gives up at the end where the store takes nothing, and says so', async () => {
    const store = { appendLog: () => Promise.reject(new Error('gone')) }
    const { log, write, chunks, logger } = await openLog({ store })
    write('text')
    await log.end()
    expect(await chunks()).toEqual([])
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { attempt: 1 } }])
  })
})
