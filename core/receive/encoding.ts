import { HooklineError } from '../kit/errors.ts'

/**
 * Throws `content_type_unsupported` for a compressed body. Signatures are made over the bytes before compression or
 * after, as the sender likes: so none is accepted.
 */
export function refuseEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return
  throw new HooklineError('content_type_unsupported', 'The body is compressed (Content-Encoding)', {
    remedy: 'Send the body as it is, without a Content-Encoding.',
  })
}
