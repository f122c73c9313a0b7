// The middle part must be a region: `sns.s3-us-west-2.amazonaws.com` would be somebody's bucket.
const HOST = /^sns\.[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}\.amazonaws\.com(\.cn)?$/
const FETCH_SECONDS = 5
const MAX_FETCHED_BYTES = 65_536

/** Fetches a text from SNS. Rejects if it fails, takes too long or is too large. */
export type FetchText = (url: string) => Promise<string>

/** Whether a URL in a message belongs to SNS. Calling any other would let a stranger choose what this service calls. */
export function isSnsUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, host, username, password } = new URL(text)
  return protocol === 'https:' && HOST.test(host) && username === '' && password === ''
}

/** Whether a URL is that of a signing certificate. */
export function isCertificateUrl(text: string): boolean {
  if (!isSnsUrl(text)) return false
  const { pathname, search, hash } = new URL(text)
  return pathname.endsWith('.pem') && search === '' && hash === ''
}

/** Fetches a text over the network, without following redirects. */
export async function fetchText(url: string): Promise<string> {
  const signal = AbortSignal.timeout(FETCH_SECONDS * 1000)
  const response = await fetch(url, { redirect: 'error', signal })
  if (!response.ok) throw new Error(`SNS answered with ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_FETCHED_BYTES) throw new Error('the answer of SNS is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
