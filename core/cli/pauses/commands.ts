import { Argument, Command } from 'commander'
import type { PauseView } from '../../api/pauses/views.ts'
import { PAUSE_KINDS } from '../../contracts/pause.ts'
import { visible } from '../../kit/visible.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable } from '../tables.ts'

interface PauseOptions extends ServiceOptions {
  readonly reason?: string
}

/** `hookline pauses` */
export function pausesCommand(): Command {
  const command = new Command('pauses')
  return withServiceOptions(command).action((options: ServiceOptions) =>
    printAnswer(
      options,
      (client) => client.get<{ readonly pauses: readonly PauseView[] }>('/api/pauses'),
      ({ pauses }) => (pauses.length === 0 ? 'Nothing is paused.\n' : pausesTable(pauses)),
    ),
  )
}

/** `hookline pause` */
export function pauseCommand(): Command {
  const command = withTarget('pause').option('--reason <text>', 'why, for others to read')
  return withServiceOptions(command).action((kind: string, name: string, options: PauseOptions) => {
    const { reason } = options
    return printAnswer(
      options,
      (client) => client.put<PauseView>(targetPath(kind, name), { reason }),
      (pause) => pausesTable([pause]),
    )
  })
}

/** `hookline resume` */
export function resumeCommand(): Command {
  const command = withTarget('resume')
  return withServiceOptions(command).action((kind: string, name: string, options: ServiceOptions) =>
    printAnswer(
      options,
      (client) => client.delete<PauseView>(targetPath(kind, name)),
      (pause) => visible(`${pause.kind} ${pause.name} runs again\n`),
    ),
  )
}

function withTarget(action: string): Command {
  return new Command(action)
    .addArgument(new Argument('<kind>', 'what it is').choices(PAUSE_KINDS))
    .argument('<name>', 'its name; of a rule, as `hookline tasks` shows it')
}

// The id of a rule may have slashes, which are sent as they are.
function targetPath(kind: string, name: string): string {
  return `/api/pauses/${kind}/${name.split('/').map(encodeURIComponent).join('/')}`
}

function pausesTable(pauses: readonly PauseView[]): string {
  return itemTable(pauses, {
    KIND: ({ kind }) => kind,
    NAME: ({ name }) => name,
    STATE: ({ state }) => state,
    SINCE: ({ since }) => since,
    BY: ({ by }) => by,
    'NEXT PROBE': ({ breaker }) => breaker?.probing ?? breaker?.probeAt ?? null,
    REASON: ({ reason }) => reason,
  })
}
