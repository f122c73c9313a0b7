/** The exit codes of all commands, and what each says. */
export const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'The command has done what it says. A service has stopped because it was told to.'],
  ['1', 'It could not. The message says why, with an error code.'],
  ['1', 'With --wait: a task did not succeed, or a job could not do everything.'],
  ['1', '`check` found a fault, `test` a case that fails, `audit verify` a change.'],
  ['1', 'You answered a question with no.'],
  ['2', 'The command line is wrong. Nothing was done.'],
  ['130, 143', '`start`, `dev`: a second Ctrl-C or TERM ended them while programs were running.'],
]

/** What `hookline help exit-codes` prints. */
export function exitCodesText(): string {
  const lines = EXIT_CODES.map(([code, meaning]) => `  ${code.padEnd(10)}${meaning}\n`)
  return `Exit codes:\n${lines.join('')}\n\`service status\` ends with the code of systemctl.\n`
}
