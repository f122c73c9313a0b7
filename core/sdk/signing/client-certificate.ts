import type { Proof } from './combine.ts'
import { refuse } from './signature.ts'

/**
 * A client certificate that a trusted proxy has checked, and of which it tells in headers. From anybody else these
 * headers mean nothing.
 */
export function clientCertificate(headers: Readonly<Record<string, string>>): Proof {
  const wanted = Object.entries(headers)
  return {
    verify: (delivery) => {
      if (!delivery.viaProxy) {
        return refuse('the client certificate was not checked by a proxy of `trustedProxies`')
      }
      const wrong = wanted.find(([name, value]) => delivery.headers[name.toLowerCase()] !== value)
      return wrong === undefined
        ? { ok: true }
        : refuse(`header ${wrong[0]}, which tells of the client certificate, is not as expected`)
    },
    sign: () => Object.fromEntries(wanted.map(([name, value]) => [name.toLowerCase(), value])),
  }
}
