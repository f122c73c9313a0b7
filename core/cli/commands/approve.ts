import { Command } from 'commander'
import { apiPath } from '../api-client.ts'
import { print, printJson } from '../print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly reason?: string
  readonly digest?: string
}

interface ApprovalView {
  readonly program: string
  readonly rule: string
  readonly event: {
    readonly source: string
    readonly type: string
    readonly facts: Readonly<Record<string, unknown>>
  }
  readonly digest: string
}

interface DecidedView {
  readonly task: string
  readonly state: string
  readonly approval: { readonly state: string; readonly decidedBy: string | null } | null
}

/** `hookline approve` */
export function approveCommand(): Command {
  return decision('approve')
}

/** `hookline reject` */
export function rejectCommand(): Command {
  return decision('reject').option('--reason <text>', 'why, for others to read')
}

function decision(action: 'approve' | 'reject'): Command {
  const command = new Command(action)
    .argument('<id>', 'id of the task')
    .option('--digest <digest>', 'only if this is still what is to be approved')
  return withServiceOptions(command).action(async (id: string, options: Options) => {
    const { reason, digest: given } = options
    const client = await openClient(options)
    const shown = await client.get<ApprovalView>(apiPath`/api/tasks/${id}/approval`)
    const body = { digest: given ?? shown.digest, reason }
    const decided = await client.post<DecidedView>(apiPath`/api/tasks/${id}/${action}`, body)
    if (options.json) printJson(decided)
    else print(decidedText(shown, decided))
  })
}

function decidedText({ program, rule, event }: ApprovalView, decided: DecidedView): string {
  const facts = Object.entries(event.facts).filter(([, value]) => value !== null)
  return fieldList({
    task: decided.task,
    state: decided.state,
    approval: decided.approval?.state ?? null,
    program,
    rule,
    event: `${event.source}.${event.type}`,
    facts: facts.map(([name, value]) => `${name}=${value}`).join(', '),
  })
}
