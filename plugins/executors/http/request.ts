import {
  type BodyMaker,
  compileBody,
  type ProgramRun,
  valuesOf,
} from '../../../core/sdk/executor.ts'
import { compileHeaders, credentialHeaders } from './headers.ts'
import type { HttpOptions } from './options.ts'
import { signerOf } from './sign.ts'
import type { UrlTemplate } from './url-template.ts'

/** One request, ready to be sent. */
export interface OutgoingRequest {
  readonly url: URL
  readonly method: HttpOptions['method']
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** Names of headers that only this origin may see. */
  readonly private: ReadonlySet<string>
  /** Null: no body. */
  readonly body: string | null
  /** Whether only this origin may see the body. */
  readonly bodyIsPrivate: boolean
}

/** Makes the request of a run. Throws `param_missing`, `param_refused` or `expression_failed`. */
export type RequestMaker = (run: ProgramRun) => OutgoingRequest

const DEFAULT_HEADERS = { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Hookline' }
const USUALLY_WITHOUT_BODY = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** Compiles the request of a program. Throws `option_invalid`. */
export function compileRequest(
  settings: HttpOptions,
  url: UrlTemplate,
  clock: () => number,
): RequestMaker {
  const { method } = settings
  const body = bodyOf(settings)
  const given = compileHeaders(settings)
  const credentials = credentialHeaders(settings)
  const sign = settings.sign === undefined ? null : signerOf(settings.sign.secret)
  const bodyIsPrivate = body?.names.some((name) => name.startsWith('secret.')) ?? false
  return (run) => {
    const source = valuesOf(run)
    const text = body?.make(run, source) ?? null
    const own = {
      ...given(source),
      ...credentials,
      ...sign?.({ id: run.taskId, now: clock(), body: text ?? '' }),
    }
    const type = body === null ? {} : { 'content-type': body.type }
    return {
      url: url.fill(source),
      method,
      headers: { ...DEFAULT_HEADERS, ...traceHeader(run), ...type, ...own },
      private: new Set(Object.keys(own).filter((name) => name !== 'content-type')),
      body: text,
      bodyIsPrivate,
    }
  }
}

/** Lets the receiver continue our trace: https://www.w3.org/TR/trace-context/. */
function traceHeader({ env }: ProgramRun): Readonly<Record<string, string>> {
  const traceparent = env['TRACEPARENT']
  return traceparent === undefined ? {} : { traceparent }
}

function bodyOf({ body, method, secrets }: HttpOptions): BodyMaker | null {
  const kind = body ?? (USUALLY_WITHOUT_BODY.has(method) ? 'none' : 'event')
  return kind === 'none' ? null : compileBody(kind, secrets)
}
