import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Texts } from './texts/texts.ts'

const COOKIE = 'hookline-notice'
const SECONDS = 30

export type NoticeName = keyof Texts['actions']

/** Makes the next page say what was done. The cookie has only the name of the text. */
export function setNotice(context: Context, name: NoticeName): void {
  setCookie(context, COOKIE, name, {
    path: '/',
    sameSite: 'Strict',
    httpOnly: true,
    maxAge: SECONDS,
  })
}

/** The notice for this page. It is shown once. */
export function takeNotice(context: Context, texts: Texts): string | null {
  const name = getCookie(context, COOKIE)
  if (name === undefined) return null
  deleteCookie(context, COOKIE, { path: '/' })
  return Object.hasOwn(texts.actions, name) ? texts.actions[name as NoticeName] : null
}

/** Ends an action: leads the browser to a page, which says what was done. */
export function finish(context: Context, path: string, name: NoticeName): Response {
  setNotice(context, name)
  return context.redirect(path, 303)
}
