import type { Context, Hono } from 'hono'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ApiCalls } from '../api/api-calls.ts'
import type { HttpTypes } from '../api/http/types.ts'
import { ROLES, type Role } from '../contracts/access.ts'
import type { Language, Texts } from './texts/texts.ts'

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** What a page knows of the request that asks for it. */
export interface PageContext {
  readonly context: Context<DashboardTypes>
  readonly api: ApiCalls
  readonly language: Language
  readonly texts: Texts
  /** Who is signed in. */
  readonly caller: Caller
  /** A message about what was just done; null if there is none. */
  readonly notice: string | null
  /** Whether the caller's role is this one or a higher one. */
  may(role: Role): boolean
}

export interface Caller {
  readonly name: string
  readonly role: Role
  /** Sent back by forms; null for a call that was made with a token. */
  readonly csrf: string | null
}

export interface DashboardTypes extends HttpTypes {
  Variables: HttpTypes['Variables'] & { page: PageContext }
}

export function hasRole(caller: Caller, role: Role): boolean {
  return ROLES.indexOf(caller.role) >= ROLES.indexOf(role)
}

/** The whole service, whose API the pages call. */
export type DashboardApp = Hono<HttpTypes>

/** The field of a form with the CSRF token of the session. */
export const CSRF_FIELD = 'csrf'

const MAX_FORM_BYTES = 1_048_576

/** The text fields of a form that was posted. Of fields with the same name, the last counts. */
export async function formOf(
  context: Context,
): Promise<Readonly<Record<string, string | undefined>>> {
  if (Number(context.req.header('content-length') ?? MAX_FORM_BYTES + 1) > MAX_FORM_BYTES) return {}
  const body = await context.req.parseBody()
  return Object.fromEntries(
    Object.entries(body).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  )
}
