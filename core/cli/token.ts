import { Command, Option } from 'commander'
import type { TokenView } from '../api/tokens.ts'
import { ROLES } from '../contracts/access.ts'
import { HooklineError } from '../kit/errors.ts'
import { print, printJson } from './print.ts'
import { fieldList, table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

interface Options extends ServiceOptions {
  readonly json?: true
}

interface CreateOptions extends Options {
  readonly role: string
  readonly expires?: string
}

/** `hookline token` */
export function tokenCommand(): Command {
  const create = new Command('create')
    .description('make a token and show it, once')
    .argument('<name>', 'who or what is to use it')
    .addOption(
      new Option('--role <role>', 'viewer reads, operator acts on tasks, admin changes the rest')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option('--expires <time>', 'how long it holds: 90m, 12h, 30d (default: until it is revoked)')
  const list = new Command('list').description("list the tokens, less the service's own")
  const revoke = new Command('revoke')
    .description('end a token, and the sessions started with it')
    .argument('<name>', 'the token')
  return new Command('token')
    .description('make, list and end tokens of the API')
    .addCommand(withOptions(create).action(createToken))
    .addCommand(withOptions(list).action(listTokens))
    .addCommand(withOptions(revoke).action(revokeToken))
}

function withOptions(command: Command): Command {
  return withServiceOptions(command.option('--json', 'print JSON'))
}

async function createToken(name: string, options: CreateOptions): Promise<void> {
  const { role, expires } = options
  const expiresAt = expires === undefined ? null : new Date(Date.now() + parseTime(expires))
  const client = await openClient(options)
  const body = { name, role, expiresAt }
  const made = await client.post<TokenView & { token: string }>('/api/tokens', body)
  if (options.json) return printJson(made)
  const { token, ...view } = made
  print(`${fieldList({ ...fieldsOf(view), token })}\nIt is not shown again.\n`)
}

async function listTokens(options: Options): Promise<void> {
  const client = await openClient(options)
  const { tokens } = await client.get<{ tokens: TokenView[] }>('/api/tokens')
  if (options.json) return printJson({ tokens })
  if (tokens.length === 0) return print("No tokens but the service's own.\n")
  const rows = tokens.map((token) => [
    ...[token.name, token.role, token.createdAt, token.createdBy, expiryText(token)],
  ])
  print(table([['TOKEN', 'ROLE', 'CREATED', 'BY', 'EXPIRES'], ...rows]))
}

async function revokeToken(name: string, options: Options): Promise<void> {
  const client = await openClient(options)
  const token = await client.delete<TokenView>(`/api/tokens/${encodeURIComponent(name)}`)
  if (options.json) printJson(token)
  else print(`${fieldList(fieldsOf(token))}\nIt is revoked.\n`)
}

function fieldsOf(token: TokenView) {
  const { name, role } = token
  return { name, role, expires: expiryText(token) }
}

function expiryText({ expiresAt, expired }: TokenView): string {
  return expiresAt === null ? 'never' : `${expiresAt}${expired ? ' (expired)' : ''}`
}

function parseTime(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNIT_MS[unit] ?? 0)
  if (milliseconds > 0) return milliseconds
  throw new HooklineError(
    'cli_usage',
    `--expires must be a time such as 90m, 12h or 30d, not '${text}'`,
  )
}
