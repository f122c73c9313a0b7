import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import { missingTool } from '../../requirements.ts'
import { BIN, bareEnv } from './cli-process.ts'

/** Why there is no terminal to test in; null if there is one. */
export const NO_TERMINAL = missingTool('script')

const WAIT_MS = 10_000

/** A command line of Hookline on a terminal of its own. */
export interface Terminal {
  /** Everything that it has sent to the terminal. */
  text(): string
  type(keys: string): void
  /** Resolves once it has shown a text after the last key, in whichever colours. */
  shows(text: string): Promise<void>
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

/** Runs the command line on a terminal, by the program `script` of util-linux. */
export function openTerminal(
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
): Terminal {
  const words = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ')
  // A terminal that nobody looks at has no size.
  const command = `stty columns 100 rows 40; exec ${words}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd,
    env: { ...bareEnv(), TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: WAIT_MS * 3,
  })
  let all = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    all += chunk
  })
  return {
    text: () => all,
    type: (keys) => {
      seen = all.length
      child.stdin.write(keys)
    },
    shows: async (text) => {
      const deadline = Date.now() + WAIT_MS
      while (!stripVTControlCharacters(all.slice(seen)).includes(text)) {
        if (Date.now() > deadline) throw new Error(`'${text}' was not shown, but:\n${all}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    ended: once(child, 'exit').then(([code]) => code as number | null),
  }
}
