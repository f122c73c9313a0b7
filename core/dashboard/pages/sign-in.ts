import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { ApiCalls, ApiProblem } from '../api-calls.ts'
import { LANGUAGE_COOKIE, languageOf } from '../language.ts'
import { plainDocument } from '../layout.ts'
import { setNotice } from '../notices.ts'
import { CSRF_FIELD, type DashboardApp, type DashboardTypes, formOf } from '../page.ts'
import { LANGUAGES, type Language, TEXTS, type Texts } from '../texts/texts.ts'

const YEAR_SECONDS = 31_536_000
const CODE_COMMAND = 'hookline dashboard'

/** `/sign-in`: starts and ends sessions, and remembers the language. The only page without a session. */
export function signInRoutes(app: DashboardApp): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', (context) => {
    const code = context.req.query('code')
    return context.html(code === undefined ? tokenForm(context) : codeForm(context, code))
  })

  routes.post('/', async (context) => {
    const form = await formOf(context)
    const next = localPath(form['next'])
    const { code, token } = form
    try {
      const body = code === undefined ? { token: token ?? '' } : { code }
      const answer = await new ApiCalls(app, context).call('POST', '/api/session', body)
      passOnCookies(answer, context)
      return context.redirect(next, 303)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      const { status } = error.problem
      context.status(status as 401)
      const { wrongCode, wrongToken, tooMany } = TEXTS[languageOf(context)].signIn
      const wrong = code === undefined ? wrongToken : wrongCode
      const text = status === 429 ? tooMany : status < 403 || status === 422 ? wrong : error.message
      return context.html(tokenForm(context, { next, fault: text }))
    }
  })

  routes.post('/out', async (context) => {
    const calls = new ApiCalls(app, context)
    calls.useCsrf((await formOf(context))[CSRF_FIELD] ?? null)
    const answer = await calls.call('DELETE', '/api/session')
    passOnCookies(answer, context)
    setNotice(context, 'signedOut')
    return context.redirect('/sign-in', 303)
  })

  routes.get('/language/:language', (context) => {
    const language = context.req.param('language')
    if (!LANGUAGES.includes(language as Language)) deleteCookie(context, LANGUAGE_COOKIE)
    else {
      const attributes = { path: '/', sameSite: 'Lax', maxAge: YEAR_SECONDS } as const
      setCookie(context, LANGUAGE_COOKIE, language, attributes)
    }
    return context.redirect(localPath(context.req.query('next')), 303)
  })
  return routes
}

function passOnCookies(answer: Response, context: Context): void {
  for (const cookie of answer.headers.getSetCookie()) {
    context.header('Set-Cookie', cookie, { append: true })
  }
}

/** A path of this origin; `/` for anything else, so that no link leads elsewhere after the sign-in. */
export function localPath(given: string | undefined): string {
  if (given === undefined || !URL.canParse(given, 'http://here.invalid')) return '/'
  const { origin, pathname, search } = new URL(given, 'http://here.invalid')
  return origin === 'http://here.invalid' && given.startsWith('/') ? pathname + search : '/'
}

function tokenForm(
  context: Context<DashboardTypes>,
  { next = localPath(context.req.query('next')), fault = '' } = {},
) {
  return page(context, (text) => ({
    title: text.title,
    content: html`<form method="post" action="/sign-in" class="card stack">
      <h1>${text.title}</h1>
      ${fault === '' ? '' : html`<p class="notice bad" role="alert">${fault}</p>`}
      <input type="hidden" name="next" value="${next}">
      <label class="field"><span>${text.token}</span>
        <input type="password" name="token" required maxlength="1000" autocomplete="current-password" autofocus>
        <small>${text.tokenHint}</small>
      </label>
      <button class="button primary">${text.submit}</button>
      <p class="faint">${text.linkHint}<br><code>${CODE_COMMAND}</code></p>
    </form>`,
  }))
}

// The code is used by a POST alone: previews of links and prefetching browsers send a GET.
function codeForm(context: Context<DashboardTypes>, code: string) {
  return page(context, (text) => ({
    title: text.codeTitle,
    content: html`<form method="post" action="/sign-in" class="card stack" data-submit-now>
      <h1>${text.codeTitle}</h1>
      <input type="hidden" name="code" value="${code}">
      <input type="hidden" name="next" value="${localPath(context.req.query('next'))}">
      <button class="button primary" autofocus>${text.continue}</button>
      <p class="faint">${text.codeHint}</p>
    </form>`,
  }))
}

function page(
  context: Context<DashboardTypes>,
  draw: (text: Texts['signIn']) => { title: string; content: ReturnType<typeof html> },
) {
  const language = languageOf(context)
  const { title, content } = draw(TEXTS[language].signIn)
  return plainDocument(TEXTS[language], language, title, content)
}
