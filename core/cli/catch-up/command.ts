import { Command } from 'commander'
import type { FeedView } from '../../api/catch-up/views.ts'
import type { CatchUpResult } from '../../catch-up/catch-up.ts'
import { withRemedy } from '../../errors/with-remedy.ts'
import type { ApiClient } from '../api-client.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly since?: string
  readonly dryRun?: true
  readonly status?: true
}

interface Results {
  readonly results: readonly CatchUpResult[]
}

interface Feeds {
  readonly feeds: readonly FeedView[]
}

/** `hookline catch-up` */
export function catchUpCommand(): Command {
  const command = new Command('catch-up')
    .argument('[source]', 'a source with the option `register` (default: all)')
    .option(
      '--since <time>',
      'sent since then: 2h, 3d, 2026-01-31 (default: from where it was left)',
    )
    .option('--dry-run', 'only say what would be asked for')
    .option('--status', 'only show what is known')
  return withServiceOptions(command).action(
    async (source: string | undefined, options: Options) => {
      if (options.status) return showStatus(options)
      const { since, dryRun = false } = options
      const call = async (client: ApiClient) => {
        const answer = await client.post<Results>('/api/catch-up', { source, since, dryRun })
        if (answer.results.some(({ fault }) => fault !== null)) process.exitCode = 1
        return answer
      }
      await printAnswer(options, call, ({ results }) => results.map(resultText).join('\n'))
    },
  )
}

function showStatus(options: Options): Promise<void> {
  return printAnswer(
    options,
    (client) => client.get<Feeds>('/api/catch-up'),
    ({ feeds }) =>
      feeds.length === 0
        ? 'No source can ask for deliveries that did not arrive.\n'
        : itemTable(feeds, {
            SOURCE: ({ source }) => source,
            TARGET: ({ target }) => target,
            STATE: ({ state }) => state,
            RECOVERED: ({ recovered }) => recovered,
            SUCCEEDED: ({ succeededAt }) => succeededAt,
            FAULT: ({ fault }) => fault && withRemedy(fault),
          }),
  )
}

function resultText(result: CatchUpResult): string {
  const { source, target, found, count, noWebhook, fault } = result
  const nothing = noWebhook
    ? 'no webhook is registered there; see `hookline registrations`'
    : 'nothing was missed'
  const head = `${source} ${target}: ${count === 0 ? nothing : `${count} missed`}\n`
  const list = itemTable(found, {
    ID: ({ senderId }) => senderId,
    EVENT: ({ type }) => type,
    SENT: ({ sentAt }) => sentAt,
    OUTCOME: ({ outcome }) => outcome,
    DELIVERY: ({ delivery }) => delivery,
  })
  const end = fault === null ? '' : `It ended early: ${withRemedy(fault)}\n`
  return `${head}${count === 0 ? '' : list}${end}`
}
