import { visible } from '../kit/visible.ts'

const ESCAPE = '\u001b'
const COLOR = /^\[[\d;:]*m/
/** What follows an escape character at the end of a chunk if the next chunk may complete a colour. */
const BEGUN_COLOR = /^(?:\[[\d;:]{0,32})?$/

/**
 * Makes the output of a program safe for a terminal, chunk by chunk. Colours and styles (SGR) stay. Every other control
 * character becomes visible, so that no output can move the cursor, set the title or reach the clipboard.
 */
export class TerminalText {
  #held = ''
  #isStyled = false

  /** The text to print now. Holds back an end that the next chunk may complete. */
  write(chunk: string): string {
    const text = this.#held + chunk
    this.#held = heldEnd(text)
    return this.#print(text.slice(0, text.length - this.#held.length))
  }

  /** The rest. Resets colours and styles if there were any. */
  end(): string {
    const rest = this.#print(this.#held)
    this.#held = ''
    return this.#isStyled ? `${rest}${ESCAPE}[0m` : rest
  }

  #print(text: string): string {
    const [first = '', ...parts] = text.replaceAll('\r\n', '\n').split(ESCAPE)
    return visible(first) + parts.map((part) => this.#printSequence(part)).join('')
  }

  #printSequence(part: string): string {
    const [color] = COLOR.exec(part) ?? []
    if (color === undefined) return visible(ESCAPE + part)
    this.#isStyled = true
    return ESCAPE + color + visible(part.slice(color.length))
  }
}

function heldEnd(text: string): string {
  if (text.endsWith('\r')) return '\r'
  const at = text.lastIndexOf(ESCAPE)
  return at >= 0 && BEGUN_COLOR.test(text.slice(at + 1)) ? text.slice(at) : ''
}
