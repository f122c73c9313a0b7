import { describe, expect, it } from 'vitest'
import { TerminalText } from '../../../core/cli/terminal-text.ts'

const RED = '\u001b[31m'
const RESET = '\u001b[0m'

function shown(chunks: readonly string[]): string {
  const text = new TerminalText()
  return chunks.map((chunk) => text.write(chunk)).join('') + text.end()
}

describe('output on a terminal', () => {
  it.each([
    [
      'colours',
      `${RED}a\u001b[38;5;1;48:2::1:2:3mb${RESET}`,
      `${RED}a\u001b[38;5;1;48:2::1:2:3mb${RESET}${RESET}`,
    ],
    ['plain text', 'a\tb\né 部\n', 'a\tb\né 部\n'],
    ['line ends', 'a\r\nb\r\n', 'a\nb\n'],
    ['a carriage return', 'safe\rrm -rf', 'safe\\x0drm -rf'],
    ['a backspace', 'a\bb', 'a\\x08b'],
    ['the clipboard (OSC 52)', '\u001b]52;c;ZXZpbA==\u0007', '\\x1b]52;c;ZXZpbA==\\x07'],
    ['the title (OSC 0)', '\u001b]0;title\u001b\\', '\\x1b]0;title\\x1b\\'],
    ['a cleared screen', '\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
    ['a moved cursor', '\u001b[1A\u001b[2K', '\\x1b[1A\\x1b[2K'],
    ['a mode that is set', '\u001b[?1049h', '\\x1b[?1049h'],
    ['a private SGR form', '\u001b[>4;2m', '\\x1b[>4;2m'],
    ['a reset of the terminal', '\u001bc', '\\x1bc'],
    ['an 8-bit CSI', '\u009b2J', '\\x9b2J'],
    ['an 8-bit OSC', '\u009d0;x\u009c', '\\x9d0;x\\x9c'],
    ['a device string', '\u001bP+q\u001b\\', '\\x1bP+q\\x1b\\'],
    ['text that runs backwards', 'a\u202eb', 'a\\u202eb'],
    ['an escape in a colour', '\u001b[3\u001b[2J', '\\x1b[3\\x1b[2J'],
    ['an escape at the end', 'a\u001b', 'a\\x1b'],
    ['a colour without end', `\u001b[${'1;'.repeat(40)}`, `\\x1b[${'1;'.repeat(40)}`],
  ])('shows %s, however it is cut', (_name, given, expected) => {
    expect(shown([given])).toBe(expected)
    expect(shown([...given])).toBe(expected)
    for (let cut = 1; cut < given.length; cut++) {
      expect(shown([given.slice(0, cut), given.slice(cut)])).toBe(expected)
    }
  })

  it('is not held back but for an unfinished sequence', () => {
    const text = new TerminalText()
    expect(text.write('50 %')).toBe('50 %')
    expect(text.write('\u001b[3')).toBe('')
    expect(text.write('1mred')).toBe(`${RED}red`)
  })
})
