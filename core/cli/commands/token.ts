import { Command, Option } from 'commander'
import type { TokenView } from '../../api/access/tokens/routes.ts'
import { ROLES } from '../../contracts/access.ts'
import { HooklineError } from '../../errors/errors.ts'
import { apiPath } from '../api-client.ts'
import { type ConfirmOptions, isConfirmed, withConfirmation } from '../confirm.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList, itemTable } from '../tables.ts'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

interface CreateOptions extends ServiceOptions {
  readonly role: string
  readonly expires?: string
}

/** `hookline token` */
export function tokenCommand(): Command {
  const create = new Command('create')
    .description('create a token and print it, once')
    .argument('<name>', 'name of the token, such as who or what uses it')
    .addOption(
      new Option('--role <role>', 'viewer reads, operator acts on tasks, admin may do everything')
        .choices(ROLES)
        .makeOptionMandatory(),
    )
    .option(
      '--expires <duration>',
      'validity, such as 90m, 12h or 30d (default: until it is revoked)',
    )
  const list = new Command('list').description("list the tokens, except the service's own")
  const revoke = new Command('revoke')
    .description('revoke a token and end its sessions')
    .argument('<name>', 'name of the token')
  return new Command('token')
    .addCommand(withServiceOptions(create).action(createToken))
    .addCommand(withServiceOptions(list).action(listTokens))
    .addCommand(withServiceOptions(withConfirmation(revoke)).action(revokeToken))
}

function createToken(name: string, options: CreateOptions): Promise<void> {
  const { role, expires } = options
  const expiresAt = expires === undefined ? null : new Date(Date.now() + parseDuration(expires))
  const body = { name, role, expiresAt }
  return printAnswer(
    options,
    (client) => client.post<TokenView & { token: string }>('/api/tokens', body),
    ({ token, ...view }) => `${fieldList({ ...fieldsOf(view), token })}\nIt is not shown again.\n`,
  )
}

function listTokens(options: ServiceOptions): Promise<void> {
  return printAnswer(
    options,
    (client) => client.get<{ tokens: TokenView[] }>('/api/tokens'),
    ({ tokens }) => (tokens.length === 0 ? "No tokens except the service's own.\n" : list(tokens)),
  )
}

function list(tokens: readonly TokenView[]): string {
  return itemTable(tokens, {
    TOKEN: ({ name }) => name,
    ROLE: ({ role }) => role,
    CREATED: ({ createdAt }) => createdAt,
    BY: ({ createdBy }) => createdBy,
    EXPIRES: expiryText,
  })
}

async function revokeToken(name: string, options: ServiceOptions & ConfirmOptions): Promise<void> {
  if (!(await isConfirmed(`Revoke the token ${name}?`, options))) return
  await printAnswer(
    options,
    (client) => client.delete<TokenView>(apiPath`/api/tokens/${name}`),
    (token) => `${fieldList(fieldsOf(token))}\nIt is revoked.\n`,
  )
}

function fieldsOf(token: TokenView) {
  const { name, role } = token
  return { name, role, expires: expiryText(token) }
}

function expiryText({ expiresAt, expired }: TokenView): string {
  return expiresAt === null ? 'never' : `${expiresAt}${expired ? ' (expired)' : ''}`
}

function parseDuration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? []
  const milliseconds = Number(count) * (UNIT_MS[unit] ?? 0)
  if (milliseconds > 0) return milliseconds
  const message = `--expires must be a duration such as 90m, 12h or 30d, not '${text}'`
  throw new HooklineError('cli_usage', message)
}
