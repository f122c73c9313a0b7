import { Command } from 'commander'
import { openMcp } from '../../api/mcp/open-mcp.ts'
import type { ToolApi } from '../../api/mcp/tool.ts'
import type { Role } from '../../contracts/access.ts'
import type { ApiClient } from '../api-client.ts'
import { openClient, type ServiceOptions, withConnectionOptions } from '../service-client.ts'

/** `hookline mcp` */
export function mcpCommand(): Command {
  const command = new Command('mcp')
  return withConnectionOptions(command).action(async (options: ServiceOptions) => {
    const { serveStdio, createMcpServer } = await openMcp()
    const client = await openClient(options)
    const { role } = await client.get<{ readonly role: Role }>('/api/session')
    serveStdio(() => createMcpServer({ api: apiOf(client), role }))
  })
}

function apiOf(client: ApiClient): ToolApi {
  return {
    get: (path, query) => client.get(path, query),
    text: async (path, query) => new TextDecoder().decode(await client.bytes(path, query)),
    send: (method, path, body) => {
      if (method === 'DELETE') return client.delete(path)
      return method === 'PUT' ? client.put(path, body ?? {}) : client.post(path, body)
    },
  }
}
