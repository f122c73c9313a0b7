import type { SendMailOptions } from 'nodemailer'
import { compileTemplate, type ProgramRun, valuesOf } from '../../../core/sdk/executor.ts'
import { mailboxes, oneMailbox } from './addresses.ts'
import type { EmailOptions } from './options.ts'

/** Makes the message of a run. Throws `param_missing` or `expression_failed`. */
export type MessageMaker = (run: ProgramRun) => SendMailOptions

const MAX_SUBJECT_LENGTH = 250
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL_OR_SPACE = /[\s\0-\x1f\x7f]+/g
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Compiles the message of a program. Throws `option_invalid`. */
export function compileMessage(settings: EmailOptions): MessageMaker {
  const from = oneMailbox('from', settings.from)
  const recipients = {
    to: [...mailboxes('to', settings.to)],
    cc: [...mailboxes('cc', settings.cc)],
    bcc: [...mailboxes('bcc', settings.bcc)],
    replyTo: [...mailboxes('replyTo', settings.replyTo)],
  }
  const subject = compileTemplate(settings.subject, { path: 'subject' })
  const text = settings.text === undefined ? null : compileTemplate(settings.text, { path: 'text' })
  const html = settings.html === undefined ? null : compileTemplate(settings.html, { path: 'html' })
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return (run) => {
    const source = valuesOf(run)
    return {
      from,
      ...recipients,
      subject: oneLine(subject.fill(source)),
      ...(text === null ? {} : { text: text.fill(source) }),
      ...(html === null ? {} : { html: html.fill(source, escapeHtml) }),
      ...(settings.attachPayload ? { attachments: [attachment(source.payload)] } : {}),
      // The same at each attempt, so that a mailbox shows a message only once.
      messageId: `<${run.taskId}@${domain}>`,
      // Prevents out-of-office replies: https://www.rfc-editor.org/rfc/rfc3834#section-5
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    }
  }
}

function attachment(content: string) {
  return { filename: 'payload.json', contentType: 'application/json', content }
}

function oneLine(text: string): string {
  const line = text.replace(CONTROL_OR_SPACE, ' ').trim()
  const characters = [...line]
  return characters.length <= MAX_SUBJECT_LENGTH
    ? line
    : `${characters.slice(0, MAX_SUBJECT_LENGTH - 1).join('')}…`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)
}
