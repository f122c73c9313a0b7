import { Command } from 'commander'
import type { StoreTransfer } from '../../contracts/transfer.ts'
import { HooklineError } from '../../errors/errors.ts'
import { redactError } from '../../redaction/redact-error.ts'
import { Redactor } from '../../redaction/redactor.ts'
import type { MoveProgress, MoveReport } from '../../transfer/move-store.ts'
import { printResult } from '../print.ts'
import { type ConfigOptions, withConfigOptions } from '../read-config.ts'
import { itemTable } from '../tables.ts'
import { storeNamed } from './store-option.ts'

const PROGRESS_EVERY_MS = 5_000

interface Options extends ConfigOptions {
  readonly from: string
  readonly to: string
  readonly json?: true
}

/** `hookline migrate-store` */
export function migrateStoreCommand(): Command {
  const command = new Command('migrate-store')
    .requiredOption('--from <store>', 'sqlite:PATH, postgres:URL, postgres:env:VARIABLE or config')
    .requiredOption('--to <store>', 'the same; must be empty')
    .option('--json', 'print JSON')
  return withConfigOptions(command).action(migrateStore)
}

async function migrateStore(options: Options): Promise<void> {
  const redactor = new Redactor()
  try {
    const report = await move(options, redactor)
    printResult(options, report, reportText)
    if (!report.isEqual) throw differs(report)
  } catch (error) {
    throw redactError(error, redactor)
  }
}

async function move(options: Options, redactor: Redactor): Promise<MoveReport> {
  for (const store of [options.from, options.to]) warnOfPassword(store)
  const { moveStore } = await import('../../transfer/move-store.ts')
  const from = transferOf(
    await storeNamed(options.from, { config: options, redactor }),
    options.from,
  )
  const to = transferOf(await storeNamed(options.to, { config: options, redactor }), options.to)
  const source = await from.openSource()
  try {
    const target = await to.openTarget(source.name)
    try {
      return await moveStore({ source, target, onProgress: progressPrinter() })
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

function transferOf(store: { transfer?(): StoreTransfer }, text: string): StoreTransfer {
  const transfer = store.transfer?.()
  if (transfer !== undefined) return transfer
  const [name] = text.split(':')
  throw new HooklineError('transfer_refused', `The store '${name}' cannot be moved`)
}

function warnOfPassword(store: string): void {
  const url = URL.parse(store.replace(/^postgres:(?!\/\/)/, ''))
  if (!url?.password) return
  process.stderr.write(
    'warning: others on this machine can see a password on the command line; use postgres:env:VARIABLE\n',
  )
}

/** Prints a line to standard error every few seconds. */
function progressPrinter(): (progress: MoveProgress) => void {
  let printedAt = Date.now()
  let rows = 0
  return (progress) => {
    if (progress.step === 'moved') rows += progress.rows
    if (Date.now() - printedAt < PROGRESS_EVERY_MS) return
    printedAt = Date.now()
    const { step, kind } = progress
    process.stderr.write(`${step} ${shown(kind)}; ${rows} rows moved so far\n`)
  }
}

function reportText({ moved, finishedBefore, kinds, isEqual }: MoveReport): string {
  const list = itemTable(kinds, {
    KIND: ({ kind }) => shown(kind),
    SOURCE: ({ source }) => source.rows,
    TARGET: ({ target }) => target.rows,
    'SOURCE HASH': ({ source }) => source.hash.slice(0, 16),
    'TARGET HASH': ({ target }) => target.hash.slice(0, 16),
    EQUAL: (kind) => (kind.isEqual ? 'yes' : 'NO'),
  })
  const megabytes = (moved.bytes / 1e6).toFixed(1)
  const done =
    finishedBefore === null
      ? `${moved.rows} rows (${megabytes} MB) moved in ${moved.seconds.toFixed(1)} s.`
      : `The move was already finished at ${new Date(finishedBefore).toISOString()}; nothing was moved.`
  return `${list}\n${done}\n${isEqual ? NEXT_STEP : ''}`
}

const NEXT_STEP =
  'The move is complete. Start nodes on the target only, with the same keys. Keep the source until they run.\n'

function differs({ kinds, finishedBefore }: MoveReport): HooklineError {
  const names = kinds.filter((kind) => !kind.isEqual).map(({ kind }) => shown(kind))
  const message = `Not equal in both stores: ${names.join(', ')}`
  if (finishedBefore === null) return new HooklineError('transfer_differs', message)
  return new HooklineError('transfer_differs', message, {
    remedy:
      'The move was finished before. If nodes have used a store since then, that is the reason.',
  })
}

function shown(kind: string): string {
  return kind.replaceAll('_', ' ')
}
