import type { Span, Tracer } from '../contracts/tracer.ts'

const nothing = (): void => {}
const NO_SPAN: Span = { traceparent: null, event: nothing, link: nothing, end: nothing }

/** A tracer that does nothing. */
export const NO_TRACER: Tracer = {
  delivery: () => NO_SPAN,
  attempt: () => NO_SPAN,
  followed: () => NO_SPAN,
}
