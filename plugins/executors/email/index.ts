import { defineExecutor, outcomeOfStop, type ProgramRun } from '../../../core/sdk/executor.ts'
import { compileMessage } from './message.ts'
import { options } from './options.ts'
import { oneLine, outcomeOfError, outcomeOfSent } from './outcome.ts'
import { mailServer } from './server.ts'

/**
 * Sends mail by SMTP.
 *
 * - It succeeds when the server has accepted the message for at least one recipient. The result is
 *   `{ messageId, accepted, rejected, response }`.
 * - It is retried after a 4xx reply or no reply; a 5xx reply is final.
 * - Recipients come only from the config, so no event can send mail to others.
 * - Errors in a template are reported when the config is loaded. A value that the event does not have is a final failure.
 */
export const email = defineExecutor({
  name: 'email',
  summary: 'Sends mail, for notifications.',
  options,
  create: (settings) => {
    const makeMessage = compileMessage(settings)
    const server = mailServer(settings.smtp)
    return {
      run: async (run) => {
        if (run.signal.aborted) return outcomeOfStop(run.signal)
        try {
          const message = makeMessage(run)
          // Loaded when first needed: a config without mail does not wait for it.
          const { createTransport } = await import('nodemailer')
          const transport = createTransport(server.transport)
          const info = await transport.sendMail({ ...message, signal: run.signal })
          report(run, info)
          return outcomeOfSent(info)
        } catch (error) {
          if (run.signal.aborted) return outcomeOfStop(run.signal)
          return outcomeOfError(error, server.name)
        }
      },
    }
  },
})

function report(
  run: ProgramRun,
  info: { readonly response: string; readonly rejected: readonly string[] },
): void {
  const encoder = new TextEncoder()
  run.write('stdout', encoder.encode(`${oneLine(info.response)}\n`))
  for (const address of info.rejected) {
    run.write('stderr', encoder.encode(`refused by the server: ${address}\n`))
  }
}
