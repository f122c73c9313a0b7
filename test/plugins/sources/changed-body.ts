import type { DeliveryDraft } from '../../../core/contracts/source.ts'

/** The draft with another body, made of its JSON; left alone where it is none. */
export function changed(
  draft: DeliveryDraft,
  change: (body: Record<string, unknown>) => unknown,
): DeliveryDraft {
  try {
    const body = JSON.parse(Buffer.from(draft.body).toString())
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return draft
    return { ...draft, body: Buffer.from(JSON.stringify(change(body))) }
  } catch {
    return draft
  }
}
