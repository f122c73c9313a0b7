import Anser from 'anser'

/** A piece of text with the classes that show its colours. */
export interface StyledText {
  readonly text: string
  readonly classes: string
}

// Written by code points: a control character in a pattern is easily taken for a mistake.
const ESC = String.fromCharCode(0x1b)
const BEL = String.fromCharCode(0x07)
/** Titles, links and the like, with their text. */
const STRINGS = new RegExp(`${ESC}[\\]PX^_][^${BEL}${ESC}]*(?:${BEL}|${ESC}\\\\|$)`, 'g')
/** Movements of the cursor and the like: every sequence but colours as `ESC [ 1 ; 31 m`. */
const OTHERS = new RegExp(
  `${ESC}(?:\\[[0-?]*[ -/]*[@-ln-~]|\\[[\\d;]*[:<=>?][0-?]*m|[ -/]+[0-~]|[0-Z^-~\\\\])`,
  'g',
)
const BROKEN = new RegExp(`${ESC}(?!\\[[\\d;]*m)`, 'g')
const CONTROLS = /(?![\t\n\r])\p{Cc}/gu
/** The beginning of a sequence whose rest has not come yet. */
const UNFINISHED = new RegExp(`${ESC}(?:\\[[0-?]{0,64}[ -/]{0,8}|\\][^${BEL}${ESC}]{0,2048})?$`)
const SHOWN = new Set(['bold', 'dim', 'italic', 'underline', 'strikethrough'])

/** Turns the escape sequences of a terminal into classes. Colours go on from one text to the next. */
export class AnsiText {
  readonly #anser = new Anser()
  #unfinished = ''

  add(text: string): readonly StyledText[] {
    const all = this.#unfinished + text
    const cut = UNFINISHED.exec(all)?.index ?? all.length
    this.#unfinished = all.slice(cut)
    const whole = [STRINGS, OTHERS, BROKEN].reduce(
      (rest, pattern) => rest.replaceAll(pattern, ''),
      all.slice(0, cut),
    )
    const [first = '', ...others] = whole.split(`${ESC}[`)
    // A sequence that changes nothing, so that the text before the first one has the colours of before.
    const pieces = [`999m${first}`, ...others].map((piece) => this.#styled(piece))
    return pieces.filter((piece) => piece.text !== '')
  }

  #styled(piece: string): StyledText {
    const entry = this.#anser
      .ansiToJson(`${ESC}[${piece}`, { json: true, use_classes: true })
      .at(-1)
    // anser keeps a decoration each time that it is set: a log of nothing else would fill the memory.
    const state = this.#anser as unknown as { decorations: string[] }
    state.decorations = [...new Set(state.decorations)]
    if (entry === undefined) return { text: '', classes: '' }
    const { content, fg, bg, fg_truecolor, bg_truecolor, decorations } = entry
    const classes = [
      colour(fg, fg_truecolor),
      colour(bg, bg_truecolor).replace('ansi-', 'ansi-on-'),
      ...[...new Set(decorations)].filter((one) => SHOWN.has(one)).map((one) => `ansi-${one}`),
    ]
    return {
      text: content.replaceAll(CONTROLS, ''),
      classes: classes.filter((one) => one !== '').join(' '),
    }
  }
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const
const LEVELS = [0, 95, 135, 175, 215, 255] as const

/** The class of a colour: one of the 16 of a terminal, which the style sheet has. Others are shown as the nearest one. */
function colour(name: string | null, truecolor: string | null): string {
  if (name === null || name === '') return ''
  if (name === 'ansi-truecolor') return nearest((truecolor ?? '').split(',').map(Number))
  const [, index] = /^ansi-palette-(\d+)$/.exec(name) ?? []
  return index === undefined ? name : nearest(paletteColour(Number(index) - 16))
}

function paletteColour(index: number): readonly number[] {
  if (index >= 216) return Array.from({ length: 3 }, () => 8 + (index - 216) * 10)
  return [Math.floor(index / 36), Math.floor(index / 6) % 6, index % 6].map((at) => LEVELS[at] ?? 0)
}

function nearest(rgb: readonly number[]): string {
  const [red = 0, green = 0, blue = 0] = rgb
  const most = Math.max(red, green, blue)
  const least = Math.min(red, green, blue)
  if (most - least < 40) {
    if (most < 64) return 'ansi-black'
    return most < 150 ? 'ansi-bright-black' : most < 225 ? 'ansi-white' : 'ansi-bright-white'
  }
  const middle = (most + least) / 2
  const bits = (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0)
  return `ansi-${most > 215 ? 'bright-' : ''}${NAMES[bits]}`
}
