import { CODE_SENDERS } from './code.ts'
import { COMMERCE_SENDERS } from './commerce.ts'
import { DOCUMENTS_SENDERS } from './documents.ts'
import { MESSAGES_SENDERS } from './messages.ts'
import type { SenderTable } from './sender.ts'

/** What the sender of each preset sends. */
export const PRESET_SENDERS: SenderTable = {
  ...CODE_SENDERS,
  ...COMMERCE_SENDERS,
  ...DOCUMENTS_SENDERS,
  ...MESSAGES_SENDERS,
}
