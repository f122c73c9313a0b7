import type { Context } from 'hono'

const YEAR_SECONDS = 31_536_000

/** What browsers are told with every answer of the admin API: to show, keep, embed and send on nothing of it. */
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
