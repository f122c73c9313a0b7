import { Command } from 'commander'
import { printResult } from '../print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from '../service-client.ts'

interface SignInLink {
  readonly path: string
  readonly expiresAt: string
}

/** `hookline dashboard` */
export function dashboardCommand(): Command {
  const command = new Command('dashboard')
  return withServiceOptions(command).action(printLink)
}

async function printLink(options: ServiceOptions): Promise<void> {
  const client = await openClient(options)
  const { path, expiresAt } = await client.post<SignInLink>('/api/session/codes')
  printResult(options, { url: client.url + path, expiresAt }, ({ url }) => `${url}\n`)
}
