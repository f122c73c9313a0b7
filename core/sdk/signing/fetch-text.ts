const FETCH_SECONDS = 5
const MAX_FETCHED_BYTES = 256 * 1024

/** Fetches a text. Rejects if it fails, takes too long or is too large. */
export type FetchText = (url: string) => Promise<string>

/** Fetches keys or certificates over the network, within 5 seconds, at most 256 KiB, and without following redirects. */
export async function fetchText(url: string): Promise<string> {
  const signal = AbortSignal.timeout(FETCH_SECONDS * 1000)
  const response = await fetch(url, { redirect: 'error', signal })
  if (!response.ok) throw new Error(`the server answered with ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_FETCHED_BYTES) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
