import { Command } from 'commander'
import type { StatsView } from '../../api/stats/stats.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList, itemTable } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly since?: string
  readonly until?: string
}

/** `hookline stats` */
export function statsCommand(): Command {
  const command = new Command('stats')
    .option('--since <time>', 'counted since then: 1h, 7d, 2026-01-31', '24h')
    .option('--until <time>', 'counted until then')
  return withServiceOptions(command).action((options: Options) => {
    const { since, until } = options
    const get = { since, until }
    return printAnswer(options, (client) => client.get<StatsView>('/api/stats', get), statsText)
  })
}

function statsText({ since, until, queue, successRate, sources, programs }: StatsView): string {
  const head = fieldList({
    from: since,
    to: until,
    waiting: queue.waiting.value,
    running: queue.running.value,
    late: queue.lateSeconds === 0 ? null : secondsText(queue.lateSeconds),
    succeeded: percentText(successRate),
  })
  const bySource = itemTable(sources, {
    SOURCE: ({ source }) => source,
    ACCEPTED: ({ accepted }) => accepted.value,
    DUPLICATE: ({ duplicate }) => duplicate.value,
    REFUSED: ({ refused }) => refused.value,
  })
  const byProgram = itemTable(programs, {
    PROGRAM: ({ program }) => program,
    CREATED: ({ created }) => created.value,
    SUCCEEDED: ({ succeeded }) => succeeded.value,
    DEAD: ({ dead }) => dead.value,
    CANCELLED: ({ cancelled }) => cancelled.value,
    P50: ({ run }) => durationText(run?.p50Ms),
    P95: ({ run }) => durationText(run?.p95Ms),
    WAITED: ({ wait }) => durationText(wait?.p95Ms),
    WAITING: ({ waiting }) => waiting.value,
    RUNNING: ({ running }) => running.value,
  })
  return [
    head,
    sources.length === 0 ? 'No deliveries.\n' : bySource,
    programs.length === 0 ? 'No tasks.\n' : byProgram,
  ].join('\n')
}

function durationText(milliseconds: number | undefined): string | null {
  if (milliseconds === undefined) return null
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : secondsText(milliseconds / 1000)
}

function secondsText(seconds: number): string {
  return `${Number(seconds.toPrecision(3))} s`
}

function percentText(share: number | null): string | null {
  return share === null ? null : `${Number((100 * share).toFixed(1))} %`
}
