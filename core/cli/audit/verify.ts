import { Command } from 'commander'
import type { AuditEntry, AuditPage } from '../../contracts/document.ts'
import { HooklineError } from '../../errors/errors.ts'
import { print, printJson } from '../print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { withStore } from '../store/configured-store.ts'
import { type ChainReport, checkChain } from './chain.ts'

const PAGE = 1000

interface Options extends ServiceOptions {
  readonly store?: true
  readonly head?: string
}

type ReadPage = (page: AuditPage) => Promise<readonly AuditEntry[]>

/** `hookline audit verify` */
export function auditVerifyCommand(): Command {
  const command = new Command('verify')
    .description('recompute the hashes of the audit log; exit code 1 if it was changed')
    .option('--head <hash>', 'a head printed before, which must still be in the log')
    .option('--store', 'read the store itself, without the service')
  return withServiceOptions(command).action(verify)
}

async function verify(options: Options): Promise<void> {
  const noted = notedHead(options)
  const report = options.store
    ? await withStore(options, ({ inner }) => check((page) => inner.auditEntries(page), noted))
    : await verifyByService(options, noted)
  if (options.json) printJson(report)
  else if (report.broken === null) print(reportText(report))
  const fault = faultOf(report, noted)
  if (fault !== null) throw fault
}

async function verifyByService(options: Options, noted: string | null): Promise<ChainReport> {
  const client = await openClient(options)
  return check(async ({ after, limit }) => {
    return (await client.get<{ entries: AuditEntry[] }>('/api/audit', { after, limit })).entries
  }, noted)
}

function check(read: ReadPage, noted: string | null): Promise<ChainReport> {
  return checkChain(pagesOf(read), noted)
}

async function* pagesOf(read: ReadPage) {
  let page = await read({ limit: PAGE })
  while (page.length > 0) {
    yield page
    page = await read({ limit: PAGE, after: page.at(-1)?.sequence ?? 0 })
  }
}

function notedHead({ head }: Options): string | null {
  if (head === undefined) return null
  if (/^[0-9a-f]{64}$/i.test(head)) return head.toLowerCase()
  throw new HooklineError('cli_usage', '--head must be a hash of 64 hex digits')
}

function reportText({ entries, head, notedAt }: ChainReport): string {
  if (head === null) return 'The audit log is empty.\n'
  const noted = notedAt === null ? '' : `noted:    entry ${notedAt} has the given hash\n`
  return `entries:  ${entries}, all as they were written\n${noted}head:     ${head.hash}\n`
}

function faultOf({ broken, notedAt }: ChainReport, noted: string | null): HooklineError | null {
  if (broken !== null) {
    const { sequence, reason } = broken
    return new HooklineError(
      'audit_broken',
      `Entry ${sequence} is the first that is wrong: ${reason}`,
    )
  }
  if (noted === null || notedAt !== null) return null
  return new HooklineError(
    'audit_broken',
    'No entry has the hash of --head: the log was cut off or written anew',
  )
}
