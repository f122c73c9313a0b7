import { lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import type { Agent } from 'undici'
import { HooklineError } from '../../../core/sdk/executor.ts'
import type { AddressGuard } from './address-guard.ts'

const CONNECT_SECONDS = 10

/**
 * HTTP connections to addresses that the guard allows. A host is resolved once for each connection, and the connection
 * uses the addresses that were checked, so that a second DNS answer cannot lead elsewhere.
 */
export async function guardedAgent(
  guard: AddressGuard,
  resolve: LookupFunction = lookup,
): Promise<Agent> {
  // Loaded when first needed: it takes longer than the rest of a start.
  const { Agent, buildConnector } = await import('undici')
  const connect = buildConnector({
    timeout: CONNECT_SECONDS * 1000,
    lookup: guardedLookup(guard, resolve),
  })
  return new Agent({
    // The run's own time limit ends a request.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => {
      // An address is not looked up, so it is checked here.
      const refused = isIP(options.hostname) === 0 ? null : check(guard, options.hostname)
      if (refused === null) connect(options, callback)
      else callback(refused, null)
    },
  })
}

/** Resolves a host and checks all its addresses. If one is refused, the host is refused. */
function guardedLookup(guard: AddressGuard, resolve: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const addresses = typeof found === 'string' ? [] : found
      const refused = addresses
        .map(({ address }) => check(guard, host, address))
        .find((fault) => fault !== null)
      if (refused !== undefined) return callback(refused, [])
      const [first] = addresses
      if (first === undefined) return callback(new Error('no address'), [])
      if (options.all === true) return callback(null, [...addresses])
      callback(null, first.address, first.family)
    })
  }
}

/** The error of calling a host at an address; null if it may be called. */
function check(guard: AddressGuard, host: string, address = host): HooklineError | null {
  const why = guard.refusal(host, address)
  if (why === null) return null
  const subject = host === address ? host : `${host} (${address})`
  return new HooklineError('address_refused', `${subject} may not be called: ${why}.`)
}
