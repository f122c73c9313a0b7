import { html, raw } from 'hono/html'
import { type AssetName, assetPath } from './assets.ts'
import type { Html, PageContext } from './page.ts'
import { csrfField } from './parts/forms.ts'
import { type IconName, icon } from './parts/icons.ts'
import type { Language, Texts } from './texts/texts.ts'

/** htmx evaluates no text as code, adds no styles, calls this origin only, shows no error in place of a page, and closes nothing that was opened. */
const HTMX_CONFIG =
  '{"includeIndicatorCSS":false,"history":false,"mode":"same-origin","noSwap":[204,304,"4xx","5xx"],"morphIgnore":["data-htmx-powered","open"],"extensions":"sse"}'

const SCRIPT = 'dashboard.js'

type Section = keyof Pick<
  Texts['common'],
  | 'overview'
  | 'deliveries'
  | 'tasks'
  | 'errors'
  | 'jobs'
  | 'configuration'
  | 'playground'
  | 'nodes'
  | 'audit'
  | 'tokens'
>

const SECTIONS: readonly (readonly [Section, string, IconName])[] = [
  ['overview', '/', 'overview'],
  ['deliveries', '/deliveries', 'deliveries'],
  ['tasks', '/tasks', 'tasks'],
  ['errors', '/errors', 'errors'],
  ['jobs', '/jobs', 'jobs'],
  ['configuration', '/configuration', 'configuration'],
  ['playground', '/playground', 'playground'],
  ['nodes', '/nodes', 'nodes'],
  ['audit', '/audit', 'audit'],
  ['tokens', '/tokens', 'tokens'],
]
const ADMIN_ONLY: ReadonlySet<Section> = new Set(['audit', 'tokens'])

export interface Shown {
  readonly title: string
  readonly section: Section | null
  readonly body: Html
  /** Beside the heading: buttons, a badge. */
  readonly beside?: Html
  /** A smaller line above the heading, such as a link back to the list. */
  readonly above?: Html
  /** More scripts and styles than every page has. */
  readonly assets?: readonly AssetName[]
}

/** A whole page for somebody who is signed in. */
export function layout(page: PageContext, shown: Shown): Html {
  const { texts, notice } = page
  const { title, body, beside, above, assets = [] } = shown
  const text = texts.common
  return documentOf({
    texts,
    title,
    assets: [SCRIPT, 'htmx.js', 'htmx-sse.js', ...assets],
    body: html`<body>
      <a class="skip" href="#content">${text.skipToContent}</a>
      ${sidebar(page, shown.section)}
      <main id="content" tabindex="-1">
        ${above === undefined ? '' : html`<p class="above">${above}</p>`}
        <header class="heading"><h1>${title}</h1>${beside ?? ''}</header>
        ${notice === null ? '' : html`<p class="notice good" role="status">${notice}</p>`}
        ${body}
      </main>
      ${dialogs(texts)}
      <div hx-sse:connect="/api/events" hx-swap="none" hidden></div>
    </body>`,
  })
}

interface Document {
  readonly texts: Texts
  readonly title: string
  /** Beside the style that every page has. */
  readonly assets: readonly AssetName[]
  readonly body: Html
}

interface PlainOptions {
  /** Path of the page, to which a change of the language leads back. Default: the overview. */
  readonly next?: string
  /** Default: true. */
  readonly hasScripts?: boolean
}

/** A whole page without navigation, for people who are not signed in. */
export function plainDocument(
  texts: Texts,
  language: Language,
  title: string,
  content: Html,
  { next = '/', hasScripts = true }: PlainOptions = {},
): Html {
  return documentOf({
    texts,
    title,
    assets: hasScripts ? [SCRIPT] : [],
    body: html`<body class="plain">
      <main id="content">
        <p class="brand">${icon('brand')}<span>${texts.common.product}</span></p>
        ${content}
        <p class="faint">${languageLink(texts, language, next)}</p>
      </main>
    </body>`,
  })
}

function documentOf({ texts, title, assets, body }: Document): Html {
  const all: readonly AssetName[] = ['dashboard.css', ...assets]
  const links = all.map((name) =>
    name.endsWith('.css')
      ? html`<link rel="stylesheet" href="${assetPath(name)}">`
      : html`<script src="${assetPath(name)}" defer></script>`,
  )
  return html`${raw('<!doctype html>')}<html lang="${texts.common.htmlLanguage}">
    <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="htmx-config" content="${HTMX_CONFIG}">
      <title>${title} · ${texts.common.product}</title>
      <link rel="icon" type="image/svg+xml" href="${assetPath('icon.svg')}">
      ${links}
    </head>
    ${body}
  </html>`
}

function sidebar(page: PageContext, current: Section | null): Html {
  const { texts, caller, language } = page
  const { pathname, search } = new URL(page.context.req.url)
  const text = texts.common
  const links = SECTIONS.filter(([section]) => !ADMIN_ONLY.has(section) || page.may('admin')).map(
    ([section, path, name]) => html`<li>
      <a href="${path}"${section === current ? html` aria-current="page"` : ''}>${icon(name)}<span>${text[section]}</span></a>
    </li>`,
  )
  return html`<header class="sidebar">
    <a class="brand" href="/">${icon('brand')}<span>${text.product}</span></a>
    <button type="button" class="button menu" aria-expanded="false" aria-controls="navigation" data-menu>${icon('menu')}<span>${text.menu}</span></button>
    <div id="navigation" class="navigation">
      <form class="search" action="/deliveries" role="search">
        <input type="search" name="text" placeholder="${text.search}" aria-label="${text.searchHint}" title="${text.searchHint}" data-search>
        <kbd aria-hidden="true">/</kbd>
      </form>
      <nav aria-label="${text.mainNavigation}"><ul>${links}</ul></nav>
      <div class="account">
        <p>${text.signedInAs(caller.name, text.roles[caller.role])}</p>
        <p>
          ${languageLink(texts, language, pathname + search)}
          <button type="button" class="link" data-keys>${text.keyboard}</button>
        </p>
        <form method="post" action="/sign-in/out">${csrfField(page)}<button class="button small">${text.signOut}</button></form>
      </div>
    </div>
  </header>`
}

/** Leads to the same page in the other language. `next` is the path of that page. */
function languageLink(texts: Texts, language: Language, next: string): Html {
  const { otherLanguage, otherLanguageTitle } = texts.common
  const other = language === 'en' ? 'zh' : 'en'
  const href = `/sign-in/language/${other}?next=${encodeURIComponent(next)}`
  return html`<a href="${href}" lang="${other}" title="${otherLanguageTitle}">${otherLanguage}</a>`
}

function dialogs({ common: text }: Texts): Html {
  const keys = [
    ['/', text.keySearch],
    ['j', text.keyNext],
    ['k', text.keyPrevious],
    ['Enter', text.keyOpen],
    ['x', text.keySelect],
    ['?', text.keyHelp],
  ] as const
  return html`<dialog id="confirm" aria-labelledby="confirm-text">
      <form method="dialog">
        <p id="confirm-text"></p>
        <p class="buttons"><button class="button" value="no">${text.cancel}</button><button class="button danger" value="yes">${text.confirm}</button></p>
      </form>
    </dialog>
    <dialog id="keys" aria-labelledby="keys-title">
      <form method="dialog">
        <h2 id="keys-title">${text.keyboard}</h2>
        <dl class="facts">${keys.map(([key, what]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
        <p class="buttons"><button class="button">${text.close}</button></p>
      </form>
    </dialog>
    <div id="said" class="toast" role="status" aria-live="polite" data-copied="${text.copied}"></div>`
}
