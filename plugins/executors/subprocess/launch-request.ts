import type { Launch } from '../../../core/index.ts'
import { encodeFrame, TO_LAUNCHER } from './frames.ts'

/** Input that goes along with the start; the rest is sent as it is read. */
const FIRST_INPUT_BYTES = 64 * 1024
const PART_BYTES = 256 * 1024

/** The start of a run, and what is left of its input. Throws where a value holds a NUL. */
export function encodeStart(
  id: number,
  launch: Launch,
): { readonly frame: Buffer; readonly input: Input | null } {
  const { program, args, cwd, env, stdin, uid, gid, onStatus } = launch
  const input = stdin === null ? null : Buffer.from(stdin)
  const isWhole = input === null || input.length <= FIRST_INPUT_BYTES
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`)
  const fields = [
    ...[cwd, String(uid ?? ''), String(gid ?? '')],
    input === null ? 'none' : isWhole ? 'whole' : 'part',
    onStatus === undefined ? '2' : '3',
    ...[String(args.length + 1), String(variables.length)],
    ...[program, ...args],
    ...variables,
  ]
  if (fields.some((field) => field.includes('\0'))) {
    throw Object.assign(new Error('a value holds a NUL'), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  const head = Buffer.from(`${fields.join('\0')}\0`)
  const first = input?.subarray(0, FIRST_INPUT_BYTES) ?? Buffer.alloc(0)
  const frame = encodeFrame(TO_LAUNCHER.start, id, head, first)
  return { frame, input: isWhole ? null : new Input(id, input, first.length) }
}

/** Input that is sent in parts, each when the one before was read. */
export class Input {
  readonly #id: number
  readonly #bytes: Buffer
  #sent: number

  constructor(id: number, bytes: Buffer, sent: number) {
    this.#id = id
    this.#bytes = bytes
    this.#sent = sent
  }

  next(): Buffer {
    const part = this.#bytes.subarray(this.#sent, this.#sent + PART_BYTES)
    this.#sent += part.length
    const isLast = this.#sent === this.#bytes.length
    return encodeFrame(isLast ? TO_LAUNCHER.lastInput : TO_LAUNCHER.input, this.#id, part)
  }
}
