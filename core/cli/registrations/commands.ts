import { Command } from 'commander'
import type { RegistrationView } from '../../api/registrations/views.ts'
import { withRemedy } from '../../errors/with-remedy.ts'
import type { RegistrationResult } from '../../registration/act.ts'
import type { ApiClient } from '../api-client.ts'
import { type ConfirmOptions, isConfirmed, withConfirmation } from '../confirm.ts'
import {
  openClient,
  printAnswer,
  type ServiceOptions,
  withServiceOptions,
} from '../service-client.ts'
import { itemTable } from '../tables.ts'

interface RegisterOptions extends ServiceOptions, ConfirmOptions {
  readonly dryRun?: true
  readonly org?: true
  readonly events?: readonly string[]
}

interface Results {
  readonly results: readonly RegistrationResult[]
}

interface Listed {
  readonly registrations: readonly RegistrationView[]
}

/** `hookline registrations` */
export function registrationsCommand(): Command {
  const command = new Command('registrations')
  return withServiceOptions(command).action((options: ServiceOptions) =>
    printAnswer(
      options,
      (client) => client.get<Listed>('/api/registrations'),
      ({ registrations }) =>
        registrations.length === 0
          ? 'No webhook is registered. A source needs the option `register`.\n'
          : itemTable(registrations, {
              SOURCE: ({ source }) => source,
              TARGET: ({ target }) => target,
              STATE: ({ state, addedByHand }) => (addedByHand ? `${state}, added by hand` : state),
              ID: ({ id }) => id,
              URL: ({ url }) => url,
              EVENTS: ({ events }) => events.join(' '),
              CHECKED: ({ checkedAt }) => checkedAt,
              FAULT: ({ fault }) => fault && withRemedy(fault),
            }),
    ),
  )
}

/** `hookline register` */
export function registerCommand(): Command {
  return actionCommand('register').option(
    '--events <names>',
    "events in the provider's words, for targets that the config does not name: push,release (default: those that rules are on)",
    (names: string) => names.split(',').map((name) => name.trim()),
  )
}

/** `hookline unregister` */
export function unregisterCommand(): Command {
  return withConfirmation(actionCommand('unregister'))
}

function actionCommand(action: 'register' | 'unregister'): Command {
  const others = action === 'register' ? ', or others to add' : ''
  const command = new Command(action)
    .argument('[source]', 'a source with the option `register` (default: all)')
    .argument(
      '[targets...]',
      `targets as \`hookline registrations\` shows them${others} (default: all)`,
    )
    .option('--org', 'the targets are organizations, groups or workspaces')
    .option('--dry-run', 'only say what would be done')
  return withServiceOptions(command).action(
    async (source: string | undefined, names: readonly string[], options: RegisterOptions) => {
      const { events, org = false, dryRun = false } = options
      const targets = org ? names.map((name) => name.replace(/^(?!\w+:)/, 'org:')) : names
      const body = { action, source, targets, events, dryRun }
      if (action === 'unregister' && !dryRun && !options.yes) {
        const client = await openClient(options)
        const found = await client.post<Results>('/api/registrations', { ...body, dryRun: true })
        const which = found.results.filter((one) => one.action !== 'unchanged')
        const what = which.length === 1 ? 'webhook at its provider' : 'webhooks at their providers'
        const list = which.map(({ source, target }) => `${source} ${target}`).join(', ')
        const question = `Remove ${which.length} ${what}: ${list}?`
        if (which.length > 0 && !(await isConfirmed(question, {}))) return
      }
      const call = async (client: ApiClient) => {
        const answer = await client.post<Results>('/api/registrations', body)
        if (answer.results.some((result) => result.action === 'failed')) process.exitCode = 1
        return answer
      }
      await printAnswer(options, call, ({ results }) =>
        action === 'unregister' && results.every((one) => one.action === 'unchanged')
          ? 'No webhook is registered.\n'
          : resultTable(results),
      )
    },
  )
}

function resultTable(results: readonly RegistrationResult[]): string {
  if (results.length === 0) {
    return 'The config names no target. Name one to add it: hookline register github acme/shop\n'
  }
  return itemTable(results, {
    SOURCE: ({ source }) => source,
    TARGET: ({ target }) => target,
    DONE: ({ action }) => action,
    WHAT: ({ changes, fault }) => (fault === null ? changes.join('; ') : withRemedy(fault)),
  })
}
