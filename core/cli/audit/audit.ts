import { Command } from 'commander'
import type { AuditEntry } from '../../contracts/document.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable, nextPageText } from '../tables.ts'
import { auditVerifyCommand } from './verify.ts'

interface Options extends ServiceOptions {
  readonly after?: string
  readonly limit: string
}

interface EntryPage {
  readonly entries: readonly AuditEntry[]
  readonly next: number | null
}

/** `hookline audit` */
export function auditCommand(): Command {
  const list = new Command('list')
    .description('show the newest entries, oldest first')
    .option('--limit <number>', 'how many, 1 to 1000', '20')
    .option('--after <sequence>', 'instead, start after this entry')
  return new Command('audit')
    .addCommand(withServiceOptions(list).action(listEntries))
    .addCommand(auditVerifyCommand())
}

function listEntries(options: Options): Promise<void> {
  const { after, limit } = options
  const query = after === undefined ? { limit, tail: 'true' } : { limit, after }
  return printAnswer(options, (client) => client.get<EntryPage>('/api/audit', query), pageText)
}

function pageText({ entries, next }: EntryPage): string {
  if (entries.length === 0) return 'No entries.\n'
  const list = itemTable(entries, {
    ENTRY: ({ sequence }) => sequence,
    AT: ({ at }) => timeText(at),
    WHO: ({ actor }) => actor,
    FROM: ({ client }) => client,
    ACTION: ({ action }) => action,
    TARGET: ({ target }) => target,
    OUTCOME: ({ outcome }) => outcome,
    DETAIL: ({ detail }) => (detail === '{}' ? '' : detail),
  })
  return list + nextPageText(next)
}

// In a manipulated log, a time may not be a valid one.
function timeText(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString()
}
