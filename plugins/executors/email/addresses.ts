import addressparser from 'nodemailer/lib/addressparser'
import { HooklineError } from '../../../core/sdk/executor.ts'

/** One mailbox. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const ADDRESS = /^[^\s@<>,;:"()\\\0-\x1f\x7f]+@[^\s@<>,;:"()\\\0-\x1f\x7f]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\0-\x1f\x7f]/

/** The mailboxes that an option names. Throws `option_invalid`. */
export function mailboxes(
  option: string,
  given: string | readonly string[] | undefined,
): readonly Mailbox[] {
  return [given ?? []].flat().flatMap((text) => {
    const found = addressparser(text, { flatten: true })
    const wrong =
      CONTROL.test(text) ||
      found.length === 0 ||
      found.some(({ address }) => !ADDRESS.test(address))
    if (!wrong) return found.map(({ name, address }) => ({ name, address }))
    throw new HooklineError(
      'option_invalid',
      `\`${option}\` must hold addresses such as \`Ann <ann@example.com>\`, not ${JSON.stringify(text.slice(0, 80))}`,
    )
  })
}

/** The one mailbox that an option names. Throws `option_invalid`. */
export function oneMailbox(option: string, given: string): Mailbox {
  const [first, ...more] = mailboxes(option, given)
  if (first !== undefined && more.length === 0) return first
  throw new HooklineError('option_invalid', `\`${option}\` must be one address`)
}
