import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { HooklineError } from '../errors/errors.ts'
import { visible } from '../kit/visible.ts'

export interface ConfirmOptions {
  readonly yes?: true
}

/** Adds the option of a command that asks before it does what cannot be taken back. */
export function withConfirmation(command: Command): Command {
  return command.option('-y, --yes', 'do not ask')
}

/**
 * Asks on the terminal, unless `--yes` was given. False, with exit code 1: the answer is no. Throws `cli_usage` where
 * there is no terminal to ask on, since a script must not wait for an answer.
 */
export async function isConfirmed(question: string, { yes }: ConfirmOptions): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new HooklineError('cli_usage', `This needs a confirmation: ${visible(question)}`, {
      remedy: 'Give --yes, or run it on a terminal.',
    })
  }
  // Standard output is for the result.
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const left = new AbortController()
  lines.once('close', () => left.abort())
  try {
    const answer = await lines.question(`${visible(question)} [y/N] `, { signal: left.signal })
    if (/^y(es)?$/i.test(answer.trim())) return true
  } catch (error) {
    if (!left.signal.aborted) throw error
    process.stderr.write('\n')
  } finally {
    lines.close()
  }
  process.stderr.write('Nothing was done.\n')
  process.exitCode = 1
  return false
}
