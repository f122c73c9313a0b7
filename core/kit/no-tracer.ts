import type { Span, Tracer } from '../contracts/tracer.ts'

const nothing = (): void => {}
const NO_SPAN: Span = { traceparent: null, event: nothing, link: nothing, end: nothing }

/** Where nothing is traced. */
export const NO_TRACER: Tracer = { delivery: () => NO_SPAN, attempt: () => NO_SPAN }
