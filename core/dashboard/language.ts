import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { getCookie } from 'hono/cookie'
import { LANGUAGES, type Language } from './texts/texts.ts'

export const LANGUAGE_COOKIE = 'hookline-language'

/** The language that the user chose, else the one that the browser prefers, else English. */
export function languageOf(context: Context): Language {
  const chosen = getCookie(context, LANGUAGE_COOKIE)
  if (LANGUAGES.includes(chosen as Language)) return chosen as Language
  return accepts(context, {
    header: 'Accept-Language',
    supports: [...LANGUAGES],
    default: 'en',
    match: (accepted, { default: fallback }) => {
      const wanted = accepted
        .toSorted((one, other) => other.q - one.q)
        .map(({ type }) => type.toLowerCase().split('-')[0])
      return wanted.find((language) => LANGUAGES.includes(language as Language)) ?? fallback
    },
  }) as Language
}
