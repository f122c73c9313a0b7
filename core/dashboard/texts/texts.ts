import * as en from './en/index.ts'
import * as zh from './zh/index.ts'

export const LANGUAGES = ['en', 'zh'] as const

export type Language = (typeof LANGUAGES)[number]

/** All texts of the dashboard in one language. Each page has a file of its own. */
export type Texts = typeof en

export const TEXTS: Readonly<Record<Language, Texts>> = { en, zh }
