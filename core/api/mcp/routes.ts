import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import { ApiCalls, toSearch } from '../api-calls.ts'
import { internalError } from '../http/answer-errors.ts'
import { readJson } from '../http/json-body.ts'
import type { HttpTypes } from '../services.ts'
import { openMcp } from './open-mcp.ts'
import type { McpCaller } from './server.ts'
import type { ToolApi } from './tool.ts'

const MAX_BODY_BYTES = 256 * 1024

/**
 * `/mcp`: tools for programs that speak the Model Context Protocol, by its streamable HTTP. Each call of a tool is a call
 * of the API with the token of the request, so it is checked, redacted and audited as such.
 */
export function mcpRoutes(app: Hono<HttpTypes>): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.post('/', async (context) => {
    const message = await readJson(context, MAX_BODY_BYTES)
    const { createMcpHandler, createMcpServer } = await loaded()
    const caller: McpCaller = { api: apiOf(app, context), role: context.get('principal').role }
    // Nothing outlives a request. An answer is JSON, as no tool tells anything before it.
    let fault: unknown
    const onerror = (error: unknown) => {
      fault = error
    }
    const handler = createMcpHandler(() => createMcpServer(caller), { onerror })
    try {
      const answer = await handler.fetch(context.req.raw, { parsedBody: message })
      if (answer.status >= 500) throw internalError(fault)
      const body = await answer.text()
      const type = answer.headers.get('content-type')
      const headers = type === null ? {} : { 'Content-Type': type }
      const status = answer.status as ContentfulStatusCode
      return body === '' ? context.body(null, status) : context.body(body, status, headers)
    } finally {
      await handler.close()
    }
  })
  return routes
}

async function loaded() {
  try {
    return await openMcp()
  } catch (error) {
    if (!isHooklineError(error)) throw error
    // To callers, it is as if nothing was here.
    const { message, remedy } = error
    throw new HooklineError('not_found', message, { cause: error, remedy })
  }
}

function apiOf(app: Hono<HttpTypes>, context: Context<HttpTypes>): ToolApi {
  const calls = new ApiCalls(app, context)
  return {
    get: (path, query) => calls.get(path, query),
    text: async (path, query) => (await calls.call('GET', path + toSearch(query))).text(),
    send: (method, path, body) => calls.send(method, path, body),
  }
}
