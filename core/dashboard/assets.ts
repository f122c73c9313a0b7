import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import type { HttpTypes } from '../api/http/types.ts'

/** Where each file is, and as what it is served. Libraries come from node_modules as they are published. */
const FILES = {
  'dashboard.css': ['./client/dashboard.css', 'text/css'],
  'dashboard.js': ['./client/dashboard.js', 'text/javascript'],
  'log.js': ['./client/log.js', 'text/javascript'],
  'charts.js': ['./client/charts.js', 'text/javascript'],
  'icon.svg': ['./client/icon.svg', 'image/svg+xml'],
  'htmx.js': ['htmx.org/dist/htmx.min.js', 'text/javascript'],
  'htmx-sse.js': ['htmx.org/dist/ext/hx-sse.min.js', 'text/javascript'],
  'uplot.js': ['uplot/dist/uPlot.iife.min.js', 'text/javascript'],
  'uplot.css': ['uplot/dist/uPlot.min.css', 'text/css'],
} as const

export type AssetName = keyof typeof FILES

interface Asset {
  readonly path: string
  readonly type: string
  readonly plain: Uint8Array<ArrayBuffer>
  readonly gzip: Uint8Array<ArrayBuffer>
}

const loaded = new Map<AssetName, Asset>()

/** The path of an asset. It has the hash of the content, so that a browser may keep it for ever. */
export function assetPath(name: AssetName): string {
  return load(name).path
}

/** `/assets`: styles, scripts and the icon of the dashboard. */
export function assetRoutes(): Hono<HttpTypes> {
  const routes = new Hono<HttpTypes>()
  routes.get('/:hash/:name', (context) => {
    const { name } = context.req.param()
    const asset = Object.hasOwn(FILES, name) ? load(name as AssetName) : null
    if (asset?.path !== context.req.path) return context.notFound()
    const isGzip = /\bgzip\b/.test(context.req.header('accept-encoding') ?? '')
    return context.body(isGzip ? asset.gzip : asset.plain, 200, {
      'Content-Type': `${asset.type}; charset=utf-8`,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Encoding',
      ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
    })
  })
  return routes
}

// Read at the first use, so that a start does not wait for it.
function load(name: AssetName): Asset {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const [file, type] = FILES[name]
  const url = file.startsWith('.') ? new URL(file, import.meta.url) : import.meta.resolve(file)
  const plain = new Uint8Array(readFileSync(new URL(url)))
  const hash = createHash('sha256').update(plain).digest('hex').slice(0, 16)
  const gzip = new Uint8Array(gzipSync(plain, { level: 9 }))
  const asset = { path: `/assets/${hash}/${name}`, type, plain, gzip }
  loaded.set(name, asset)
  return asset
}
