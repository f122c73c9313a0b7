import { describe, expect, it } from 'vitest'
import { AnsiText } from '../../../core/dashboard/log/ansi.ts'
import { joinLines, LogLines, logItem } from '../../../core/dashboard/log/log-lines.ts'

const ESC = '\u001b'
type Chunk = readonly ['stdout' | 'stderr', string] | readonly ['stdout' | 'stderr', string, number]

function itemsOf(chunks: readonly Chunk[]) {
  const lines = new LogLines((attempt) => `attempt ${attempt}`)
  return chunks.flatMap(([stream, text, attempt = 1], index) =>
    lines.add({ sequence: index + 1, attempt, stream, at: '2026-01-01T00:00:00.000Z', text }),
  )
}

/** Each line as `stream:text`. */
function linesOf(...chunks: Chunk[]): string[] {
  return joinLines(itemsOf(chunks)).map((item) =>
    'heading' in item
      ? item.heading
      : `${item.stream}:${item.pieces.map(({ text }) => text).join('')}`,
  )
}

describe('the lines of a log', () => {
  it('go on where a chunk ends in the middle of one', () => {
    expect(linesOf(['stdout', 'one\ntw'], ['stdout', 'o\n\nthree'], ['stdout', '\n'])).toEqual([
      'attempt 1',
      'stdout:one',
      'stdout:two',
      'stdout:',
      'stdout:three',
    ])
  })

  it('keep the streams and the attempts apart', () => {
    expect(
      linesOf(['stdout', 'a'], ['stderr', 'b\n'], ['stdout', 'c'], ['stdout', 'd\n', 2]),
    ).toEqual(['attempt 1', 'stdout:a', 'stderr:b', 'stdout:c', 'attempt 2', 'stdout:d'])
  })

  it('are rewritten after a carriage return, as a terminal does', () => {
    expect(linesOf(['stdout', '10 %\r50 %\r'], ['stdout', '100 %\r\nok\r\n'])).toEqual([
      'attempt 1',
      'stdout:100 %',
      'stdout:ok',
    ])
    expect(linesOf(['stdout', `10 %\r${ESC}[32m20 %\n`])).toEqual(['attempt 1', 'stdout:20 %'])
    const [, first, second] = itemsOf([
      ['stdout', '10 %\r'],
      ['stdout', '20 %'],
    ])
    expect([first, second]).toMatchObject([{ joins: null }, { joins: 'replaces' }])
  })

  it('keep text of a program as text', async () => {
    const [, item] = itemsOf([['stderr', `${ESC}[31m<script>alert("1")</script>`]])
    expect(item && String(await logItem(item))).toBe(
      '<div class="line stderr" title="2026-01-01T00:00:00.000Z"><span class="ansi-red">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</span></div>',
    )
  })
})

describe('the colours of a terminal', () => {
  const styled = (...texts: string[]) => {
    const ansi = new AnsiText()
    return texts
      .flatMap((text) => ansi.add(text))
      .map(({ text, classes }) => (classes === '' ? text : `${classes}:${text}`))
  }

  it('become classes, and go on in the next chunk', () => {
    expect(styled(`a${ESC}[1;31mb`, `c${ESC}[0md`)).toEqual([
      'a',
      'ansi-red ansi-bold:b',
      'ansi-red ansi-bold:c',
      'd',
    ])
    expect(styled(`${ESC}[97;44mx`)).toEqual(['ansi-bright-white ansi-on-blue:x'])
  })

  it('are found although a sequence comes in two parts', () => {
    expect(styled(`a${ESC}`, '[3', '2mb')).toEqual(['a', 'ansi-green:b'])
  })

  it('are shown as the nearest of those that a terminal has', () => {
    expect(styled(`${ESC}[38;2;250;10;10mx`)).toEqual(['ansi-bright-red:x'])
    expect(styled(`${ESC}[38;5;28mx`)).toEqual(['ansi-green:x'])
    expect(styled(`${ESC}[38;5;232mx${ESC}[38;5;255my`)).toEqual([
      'ansi-black:x',
      'ansi-bright-white:y',
    ])
  })

  it('are all that is left of escape sequences and control characters', () => {
    const title = `${ESC}]0;title\u0007`
    const link = `${ESC}]8;;https://example.com${ESC}\\text${ESC}]8;;${ESC}\\`
    expect(styled(`${title}a${ESC}[2K${ESC}[1A${ESC}(B${link}\u0000\u0008${ESC}Mb`)).toEqual([
      'atextb',
    ])
    expect(styled(`${ESC}[é\nabc${ESC}[38:2::1:2:3mx\ty`).join('')).toBe('[é\nabcx\ty')
  })

  it('take no longer than the text, whatever it holds', () => {
    const many = `${ESC}[1m`.repeat(60_000)
    expect(styled(`${many}x`)).toEqual(['ansi-bold:x'])
    expect(styled(`${ESC}]`.repeat(30_000)).length).toBeLessThan(3)
  })
})
