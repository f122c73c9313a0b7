import { Command } from 'commander'
import type { AuditEntry } from '../contracts/document.ts'
import { auditVerifyCommand } from './audit-verify.ts'
import { print, printJson } from './print.ts'
import { table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

interface Options extends ServiceOptions {
  readonly after?: string
  readonly limit: string
  readonly json?: true
}

/** `hookline audit` */
export function auditCommand(): Command {
  const list = new Command('list')
    .description('show who did what: the newest entries, oldest first')
    .option('--limit <number>', 'how many, 1 to 1000', '20')
    .option('--after <sequence>', 'from after this entry on instead')
    .option('--json', 'print JSON')
  return new Command('audit')
    .description('show the audit log, and check that nobody changed it')
    .addCommand(withServiceOptions(list).action(listEntries))
    .addCommand(auditVerifyCommand())
}

async function listEntries(options: Options): Promise<void> {
  const { after, limit } = options
  const client = await openClient(options)
  const query = after === undefined ? { limit, tail: 'true' } : { limit, after }
  const page = await client.get<{ entries: AuditEntry[]; next: number | null }>('/api/audit', query)
  if (options.json) return printJson(page)
  if (page.entries.length === 0) return print('No entries.\n')
  const rows = page.entries.map((entry) => [
    ...[entry.sequence, timeText(entry.at), entry.actor, entry.client, entry.action],
    ...[entry.target, entry.outcome, entry.detail === '{}' ? '' : entry.detail],
  ])
  print(table([['ENTRY', 'AT', 'WHO', 'FROM', 'ACTION', 'TARGET', 'OUTCOME', 'DETAIL'], ...rows]))
  if (page.next !== null) print(`More: --after ${page.next}\n`)
}

// A time that somebody changed may be none.
function timeText(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : date.toISOString()
}
