import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

/** A registry with one image, `sample:1`. https://distribution.github.io/distribution/spec/api/ */
export interface ImageRegistry {
  /** As an image's name begins: `127.0.0.1:5000`. */
  readonly host: string
  /** Manifests that were asked for, so far. */
  manifestRequests(): number
  close(): Promise<void>
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const UNKNOWN = JSON.stringify({
  errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }],
})
const digestOf = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`

/** Serves an image with the given root to whoever knows the password. */
export async function startRegistry(root: Buffer, password: string): Promise<ImageRegistry> {
  const layer = gzipSync(root, { level: 1 })
  const config = Buffer.from(
    JSON.stringify({
      architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
      os: 'linux',
      config: { Cmd: ['echo', 'from the image'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(root)] },
    }),
  )
  const part = (mediaType: string, data: Buffer) => ({
    mediaType: `application/vnd.docker.${mediaType}`,
    size: data.byteLength,
    digest: digestOf(data),
  })
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: part('container.image.v1+json', config),
      layers: [part('image.rootfs.diff.tar.gzip', layer)],
    }),
  )
  const blobs = new Map([config, layer].map((data) => [digestOf(data), data]))
  let asked = 0
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    const allowed = `Basic ${Buffer.from(`puller:${password}`).toString('base64')}`
    if (request.headers.authorization !== allowed) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
      return
    }
    const isManifest = url.startsWith('/v2/sample/manifests/')
    if (isManifest) asked++
    const tag = url.slice('/v2/sample/manifests/'.length)
    const known = isManifest && (tag === '1' || tag === digestOf(manifest))
    const data = known ? manifest : blobs.get(url.slice('/v2/sample/blobs/'.length))
    if (url === '/v2/') response.writeHead(200).end()
    else if (data === undefined) response.writeHead(404).end(UNKNOWN)
    else {
      response.writeHead(200, {
        'content-type': known ? MANIFEST : 'application/octet-stream',
        'content-length': data.byteLength,
        'docker-content-digest': digestOf(data),
      })
      response.end(request.method === 'HEAD' ? undefined : data)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    manifestRequests: () => asked,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
