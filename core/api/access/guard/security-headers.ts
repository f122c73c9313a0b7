import type { Context } from 'hono'

const YEAR_SECONDS = 31_536_000

/** Sets headers that keep browsers from rendering, caching, embedding or leaking answers of the admin API. */
export function setSecurityHeaders(context: Context, publicUrl: string): void {
  context.header('X-Content-Type-Options', 'nosniff')
  context.header('Cache-Control', 'no-store')
  context.header('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  context.header('X-Frame-Options', 'DENY')
  context.header('Referrer-Policy', 'no-referrer')
  context.header('Cross-Origin-Resource-Policy', 'same-origin')
  if (publicUrl.startsWith('https:')) {
    context.header('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`)
  }
}
