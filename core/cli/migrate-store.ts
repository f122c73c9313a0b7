import { Command } from 'commander'
import type { StoreTransfer } from '../contracts/transfer.ts'
import { HooklineError } from '../kit/errors.ts'
import { Redactor } from '../kit/redact.ts'
import { redactError } from '../kit/redact-error.ts'
import type { MoveProgress, MoveReport } from '../kit/transfer/move-store.ts'
import { print, printJson } from './print.ts'
import { table } from './printable.ts'
import type { ConfigOptions } from './read-config.ts'
import { storeAt } from './store-place.ts'

const TELL_EVERY_MS = 5_000

interface Options extends ConfigOptions {
  readonly from: string
  readonly to: string
  readonly json?: true
}

/** `hookline migrate-store` */
export function migrateStoreCommand(): Command {
  return new Command('migrate-store')
    .description('move all that a store holds into an empty one; run it again to go on')
    .requiredOption('--from <store>', 'sqlite:PATH, postgres:URL, postgres:env:VARIABLE or config')
    .requiredOption('--to <store>', 'the same; it must be empty')
    .option('-c, --config <file>', 'the config file (HOOKLINE_CONFIG; default: webhook.config.*)')
    .option('--data <folder>', 'the data folder (HOOKLINE_DATA)')
    .option('--json', 'print JSON')
    .action(migrateStore)
}

async function migrateStore(options: Options): Promise<void> {
  const redactor = new Redactor()
  try {
    const report = await move(options, redactor)
    if (options.json) printJson(report)
    else print(reportText(report))
    if (!report.isEqual) throw differs(report)
  } catch (error) {
    throw redactError(error, redactor)
  }
}

async function move(options: Options, redactor: Redactor): Promise<MoveReport> {
  for (const place of [options.from, options.to]) warnOfPassword(place)
  const { moveStore } = await import('../kit/transfer/move-store.ts')
  const from = transferOf(await storeAt(options.from, { config: options, redactor }), options.from)
  const to = transferOf(await storeAt(options.to, { config: options, redactor }), options.to)
  const source = await from.openSource()
  try {
    const target = await to.openTarget(source.name)
    try {
      return await moveStore({ source, target, onProgress: teller() })
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

function warnOfPassword(place: string): void {
  const url = URL.parse(place.replace(/^postgres:(?!\/\/)/, ''))
  if (!url?.password) return
  process.stderr.write(
    'warning: others on this machine can see a password on the command line; use postgres:env:VARIABLE\n',
  )
}

/** A line on standard error each few seconds. */
function teller(): (progress: MoveProgress) => void {
  let toldAt = Date.now()
  let rows = 0
  return (progress) => {
    if (progress.step === 'moved') rows += progress.rows
    if (Date.now() - toldAt < TELL_EVERY_MS) return
    toldAt = Date.now()
    const { step, kind } = progress
    process.stderr.write(`${step} ${shown(kind)}; ${rows} rows moved so far\n`)
  }
}

function reportText({ moved, finishedBefore, kinds, isEqual }: MoveReport): string {
  const rows = kinds.map(({ kind, source, target, isEqual: isSame }) => [
    ...[shown(kind), source.rows, target.rows, source.hash.slice(0, 16), target.hash.slice(0, 16)],
    isSame ? 'yes' : 'NO',
  ])
  const head = ['KIND', 'SOURCE', 'TARGET', 'HASH', 'OF TARGET', 'EQUAL']
  const megabytes = (moved.bytes / 1e6).toFixed(1)
  const done =
    finishedBefore === null
      ? `${moved.rows} rows (${megabytes} MB) moved in ${moved.seconds.toFixed(1)} s.`
      : `The move was finished ${new Date(finishedBefore).toISOString()}; nothing was moved now.`
  return `${table([head, ...rows])}\n${done}\n${isEqual ? NEXT_STEP : ''}`
}

const NEXT_STEP =
  'All of it is there. Start nodes on the target only, with the same keys; keep the source until they run.\n'

function differs({ kinds, finishedBefore }: MoveReport): HooklineError {
  const names = kinds.filter((kind) => !kind.isEqual).map(({ kind }) => shown(kind))
  const message = `Not equal in both stores: ${names.join(', ')}`
  if (finishedBefore === null) return new HooklineError('transfer_differs', message)
  return new HooklineError('transfer_differs', message, {
    remedy: 'The move was finished before; where nodes have used a store since, that is why.',
  })
}

function shown(kind: string): string {
  return kind.replaceAll('_', ' ')
}
