import type { Agent } from 'undici'
import { defineExecutor } from '../../../core/index.ts'
import { addressGuard } from './address-guard.ts'
import { exchange } from './exchange.ts'
import { guardedAgent } from './guarded-agent.ts'
import { options } from './options.ts'
import { outcomeOfFault, outcomeOfResponse, outcomeOfStop } from './outcome.ts'
import { compileRequest } from './request.ts'
import { compileUrl } from './url-template.ts'

/**
 * Sends the event, or what is made of it, to another service.
 *
 * - A status of `successStatuses` succeeds; one of `retryStatuses`, and no response at all, is tried again.
 * - The result is `{ status, headers, body, truncated }`; the body is the program's output too.
 * - Only public addresses are called unless `allowPrivate` says more, also after a redirect.
 * - What can be wrong in a template is told when the config is loaded; a value that an event lacks is a final failure.
 */
export const http = defineExecutor({
  name: 'http',
  summary: 'Calls another service over HTTP, signed if wanted.',
  options,
  // It runs nothing of this machine, and calls public addresses only.
  reach: ({ allowPrivate }) => ({
    ...{ runs: [], variables: [], folders: [], isRoot: false },
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
          return outcomeOfFault(error, subject)
        }
      },
      close: async () => {
        await (await agent)?.destroy()
      },
    }
  },
})
