import type { RunningConfig, RunningSource } from '../../contracts/config.ts'
import type { DeliveryRecord } from '../../contracts/store.ts'
import { addressInRanges, compileRanges } from '../../kit/address-ranges.ts'
import { clientAddress } from '../client-address.ts'
import { type Finding, finding } from './finding.ts'

const FORWARDING = ['x-forwarded-for', 'forwarded', 'cf-connecting-ip']

/** Whether the sender's address may deliver, by the config of now; null where it may. */
export function accessFinding(
  { client, headers }: DeliveryRecord,
  source: RunningSource,
  settings: RunningConfig['settings'],
): Finding | null {
  if (source.allow === null) return null
  const allow = compileRanges(source.allow)
  if (client !== null && addressInRanges(client, allow)) return null
  const address = client ?? 'unknown'
  const message = `The sender's address, ${address}, is not in the allow list of the source.`
  const header = FORWARDING.find((name) => headers[name] !== undefined)
  if (client === null || header === undefined) return finding('address_not_allowed', message)
  const behind = clientAddress({
    socketAddress: client,
    headers,
    trustedProxies: compileRanges([...settings.trustedProxies, client]),
  })
  const isAllowed = behind !== null && addressInRanges(behind, allow)
  const known = `${message} It came with ${header}, so ${address} may be a proxy that \`trustedProxies\` does not name.`
  return isAllowed
    ? finding(
        'address_not_allowed',
        `${known} With it there, the sender would be ${behind}, which is allowed.`,
        {
          certainty: 'likely',
          remedy: `If ${address} is your own proxy or tunnel, add it to \`trustedProxies\`. If it is a stranger's, leave all as it is: anybody can send that header.`,
        },
      )
    : finding(
        'address_not_allowed',
        `${known} With it there, the sender would be ${behind ?? 'unknown'}, which is not allowed either.`,
      )
}
