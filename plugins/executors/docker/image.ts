import { HooklineError } from '../../../core/sdk/executor.ts'
import type { Engine } from './engine.ts'
import type { DockerOptions } from './options.ts'

const MAX_LINE_LENGTH = 1024 * 1024
const FINAL =
  /not found|manifest unknown|does not exist|denied|unauthorized|auth credentials|authentication required|invalid reference/i

/** Fetches the image. Throws `image_unavailable` if it cannot be fetched; an abort makes it throw too. */
export async function pullImage(
  engine: Engine,
  { image, registryAuth }: DockerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { status, chunks } = await engine.stream({
    method: 'POST',
    path: '/images/create',
    query: imageParts(image),
    headers: registryAuth === undefined ? {} : { 'x-registry-auth': encode(registryAuth) },
    // The engine sends nothing while it unpacks a large layer.
    silenceSeconds: null,
    signal,
  })
  // Errors after the first byte come as a line of the answer.
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = (lines.pop() ?? '').slice(-MAX_LINE_LENGTH)
    for (const line of lines) check(image, status, line)
  }
  check(image, status, rest)
  if (status >= 400) throw unavailable(image, `status ${status}`)
}

/** Name and tag of an image. Without a tag the engine would fetch every tag. */
export function imageParts(image: string): { readonly fromImage: string; readonly tag: string } {
  const digest = image.indexOf('@')
  if (digest !== -1) {
    return { fromImage: image.slice(0, digest), tag: image.slice(digest + 1) }
  }
  const colon = image.lastIndexOf(':')
  // `host:5000/name`: what follows the last colon is a tag only in the last part of the path.
  if (colon <= image.lastIndexOf('/')) return { fromImage: image, tag: 'latest' }
  return { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) }
}

/** The error of an image that is missing and must not be fetched. */
export function missingImage(image: string): HooklineError {
  return new HooklineError(
    'image_unavailable',
    `The engine has no image "${image}", and \`pull\` is \`never\`.`,
    { fields: { retryable: false } },
  )
}

// The engine wants base64 for URLs, but with padding.
function encode(auth: object): string {
  const text = Buffer.from(JSON.stringify(auth)).toString('base64')
  return text.replaceAll('+', '-').replaceAll('/', '_')
}

function check(image: string, status: number, line: string): void {
  let said: unknown
  try {
    said = JSON.parse(line)
  } catch {
    return
  }
  if (typeof said !== 'object' || said === null) return
  if ('error' in said) throw unavailable(image, String(said.error))
  if (status >= 400 && 'message' in said) throw unavailable(image, String(said.message))
}

function unavailable(image: string, message: string): HooklineError {
  return new HooklineError(
    'image_unavailable',
    `The image "${image}" cannot be fetched: ${message}`,
    {
      fields: { retryable: !FINAL.test(message) },
    },
  )
}
