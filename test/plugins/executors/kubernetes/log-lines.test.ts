import { describe, expect, it } from 'vitest'
import { LogLines } from '../../../../plugins/executors/kubernetes/log-lines.ts'

const time = (second: number, nanos: string) => `2026-01-02T03:04:0${second}.${nanos}Z`
const LOG = Buffer.from(
  [
    `${time(1, '100000000')} first\n`,
    `${time(1, '200000000')} second\n`,
    `${time(1, '200000000')} at the same time\n`,
    `${time(1, '150000000')} by a clock that was set back\n`,
    `${time(1, '200000000')} \n`,
    `${time(2, '5')} fewer digits\n`,
    `${time(2, '51')} without an end`,
  ].join(''),
)
const TEXT =
  'first\nsecond\nat the same time\nby a clock that was set back\n\nfewer digits\nwithout an end'

function reader() {
  const written: Uint8Array[] = []
  const lines = new LogLines((chunk) => written.push(chunk))
  return { lines, text: () => Buffer.concat(written).toString() }
}

/** As the API server would: from a second on. */
function from(since: string | null): Buffer {
  const rows = LOG.toString().split(/(?<=\n)/)
  return Buffer.from(rows.filter((row) => since === null || row >= since.slice(0, 19)).join(''))
}

describe('the lines of a log', () => {
  it.each([1, 2, 7, 40, 1000])('lose their times in chunks of %i bytes', (size) => {
    const { lines, text } = reader()
    for (let at = 0; at < LOG.byteLength; at += size) lines.add(LOG.subarray(at, at + size))
    expect(text()).toBe(TEXT)
  })

  it('come once, wherever a reading is cut off and goes on', () => {
    for (let cut = 0; cut <= LOG.byteLength; cut++) {
      const { lines, text } = reader()
      lines.add(LOG.subarray(0, cut))
      for (const size of [5, 1000]) {
        lines.begin()
        const rest = from(lines.since)
        for (let at = 0; at < rest.byteLength; at += size) lines.add(rest.subarray(at, at + size))
      }
      expect(text(), `cut at ${cut}`).toBe(TEXT)
    }
  })

  it('may be what a node says in place of a log', () => {
    const { lines, text } = reader()
    lines.add(Buffer.from('unable to retrieve container logs for containerd://0123456789abcdef\n'))
    expect(text()).toBe('unable to retrieve container logs for containerd://0123456789abcdef\n')
  })
})
