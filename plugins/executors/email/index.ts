import { defineExecutor, type ProgramRun } from '../../../core/index.ts'
import { compileMessage } from './message.ts'
import { options } from './options.ts'
import { oneLine, outcomeOfFault, outcomeOfSent, outcomeOfStop } from './outcome.ts'
import { mailServer } from './server.ts'

/**
 * Sends mail by SMTP.
 *
 * - It succeeds once the server has taken the message for at least one recipient; the result is
 *   `{ messageId, accepted, rejected, response }`.
 * - A reply of 4xx, and no reply, is tried again; 5xx is final.
 * - Recipients come from the config alone, so no event can send mail to others.
 * - What can be wrong in a template is told when the config is loaded; a value that an event lacks is a final failure.
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
          // Loaded when it is first needed: a config without mail should not wait for it.
          const { createTransport } = await import('nodemailer')
          const transport = createTransport(server.transport)
          const info = await transport.sendMail({ ...message, signal: run.signal })
          report(run, info)
          return outcomeOfSent(info)
        } catch (error) {
          if (run.signal.aborted) return outcomeOfStop(run.signal)
          return outcomeOfFault(error, server.name)
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
