import { importOptional } from '../../sdk/messages/optional-package.ts'

const PACKAGES = ['@modelcontextprotocol/server']

/** Loads the server of the Model Context Protocol. Throws `package_missing`. */
export function openMcp() {
  return importOptional(PACKAGES, async () => {
    const [{ createMcpHandler }, { serveStdio }, { createMcpServer }] = await Promise.all([
      import('@modelcontextprotocol/server'),
      import('@modelcontextprotocol/server/stdio'),
      import('./server.ts'),
    ])
    return { createMcpHandler, serveStdio, createMcpServer }
  })
}
