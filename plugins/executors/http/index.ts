import type { Agent } from 'undici'
import { defineExecutor, outcomeOfStop } from '../../../core/sdk/executor.ts'
import { addressGuard } from './address-guard.ts'
import { exchange } from './exchange.ts'
import { guardedAgent } from './guarded-agent.ts'
import { options } from './options.ts'
import { outcomeOfError, outcomeOfResponse } from './outcome.ts'
import { compileRequest } from './request.ts'
import { compileUrl } from './url-template.ts'

/**
 * Sends the event, or values of it, to another service.
 *
 * - A status of `successStatuses` succeeds. A status of `retryStatuses`, or no response, is retried.
 * - The result is `{ status, headers, body, truncated }`; the body is also the program's output.
 * - Only public addresses are called, also after a redirect, unless `allowPrivate` allows others.
 * - Errors in a template are reported when the config is loaded. A value that the event does not have is a final failure.
 */
export const http = defineExecutor({
  name: 'http',
  summary: 'Calls another service over HTTP, with a signature if you like.',
  options,
  describe: ({ method, url }) => ({ command: [method, url], variables: [] }),
  // It runs nothing of this machine, and calls public addresses only.
  permissions: ({ allowPrivate }) => ({
    runs: [],
    variables: [],
    folders: [],
    isRoot: false,
    refused:
      allowPrivate === false
        ? []
        : [{ path: ['allowPrivate'], message: 'opens addresses that are not public' }],
  }),
  create: (settings, { clock }) => {
    const guard = addressGuard(settings.allowPrivate)
    const url = compileUrl(settings, guard)
    const makeRequest = compileRequest(settings, url, clock)
    let agent: Promise<Agent> | null = null
    const subject = `${settings.method} ${url.origin}`
    return {
      run: async (run) => {
        if (run.signal.aborted) return outcomeOfStop(run.signal)
        try {
          const request = makeRequest(run)
          agent ??= guardedAgent(guard)
          const response = await exchange(request, run, { agent: await agent, ...settings })
          return outcomeOfResponse(response, subject, { ...settings, now: clock() })
        } catch (error) {
          if (run.signal.aborted) return outcomeOfStop(run.signal)
          return outcomeOfError(error, subject)
        }
      },
      close: async () => {
        await (await agent)?.destroy()
      },
    }
  },
})
