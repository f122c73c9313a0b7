import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DefaultTheme, defineConfig } from 'vitepress'
import { anchorOf } from './anchor.ts'

// `npm run docs` builds the site into docs/.vitepress/dist. Its pages are those of docs/, as they are.

const docs = fileURLToPath(new URL('..', import.meta.url))

export default defineConfig({
  title: 'Hookline',
  description: 'Self-hosted webhooks that run your own programs.',
  // Any server of files can serve it, at any path: HOOKLINE_DOCS_BASE=/hookline/.
  base: process.env['HOOKLINE_DOCS_BASE'] ?? '/',
  rewrites: { 'README.md': 'index.md', 'zh-CN/README.md': 'zh-CN/index.md' },
  lastUpdated: false,
  markdown: {
    anchor: { slugify: anchorOf },
    toc: { slugify: anchorOf },
    config: (markdown) => {
      // Two braces are those of our templates, and not of Vue.
      const { rules } = markdown.renderer
      for (const name of ['text', 'code_inline']) {
        const render = rules[name]
        rules[name] = (...given) => render?.(...given).replaceAll('{{', '&#123;&#123;') ?? ''
      }
      markdown.core.ruler.push('files-of-the-repository', ({ tokens, env }) => {
        const page = (env as { relativePath: string }).relativePath
        for (const { children } of tokens) keepPages(children ?? [], page)
      })
    },
  },
  themeConfig: {
    i18nRouting: false,
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        miniSearch: {
          options: {
            // Chinese has no blanks between its words.
            tokenize: (text) =>
              [...new Intl.Segmenter('zh', { granularity: 'word' }).segment(text)]
                .filter(({ isWordLike }) => isWordLike)
                .map(({ segment }) => segment),
          },
        },
        locales: {
          'zh-CN': {
            translations: {
              button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
              modal: {
                noResultsText: '没有结果',
                resetButtonTitle: '清除',
                footer: { selectText: '选择', navigateText: '切换', closeText: '关闭' },
              },
            },
          },
        },
      },
    },
  },
  locales: {
    root: { label: 'English', lang: 'en', themeConfig: { sidebar: sidebarOf('README.md', '/') } },
    'zh-CN': {
      label: '简体中文',
      lang: 'zh-CN',
      title: 'Hookline',
      description: '自托管的 Webhook 服务，用来运行你自己的程序。',
      themeConfig: {
        sidebar: sidebarOf('zh-CN/README.md', '/zh-CN/'),
        outline: { label: '本页内容', level: [2, 3] },
        docFooter: { prev: '上一页', next: '下一页' },
        darkModeSwitchLabel: '外观',
        returnToTopLabel: '回到顶部',
        sidebarMenuLabel: '菜单',
        langMenuLabel: '语言',
      },
    },
  },
})

/** The groups and pages that the index of a language lists, in its order. */
function sidebarOf(index: string, base: string): DefaultTheme.SidebarItem[] {
  const sections = readFileSync(join(docs, index), 'utf8').split(/^## /m).slice(1)
  return sections.map((section) => ({
    text: section.slice(0, section.indexOf('\n')),
    items: [...section.matchAll(/\[([^\]]+)\]\(([^)]+)\.md\)/g)].map(
      ([, text = '', link = '']) => ({
        text,
        link: new URL(link, `http://site${base}`).pathname,
      }),
    ),
  }))
}

interface Part {
  readonly type: string
  attrGet(name: string): string | null
  attrs: [string, string][] | null
  tag: string
}

/** A link to a file that is no page of the site, such as a source, becomes text. */
function keepPages(parts: readonly Part[], page: string): void {
  let isText = false
  for (const part of parts) {
    if (part.type === 'link_open') isText = leavesSite(part.attrGet('href') ?? '', page)
    if (!isText || !/^link_(open|close)$/.test(part.type)) continue
    part.tag = 'span'
    part.attrs = null
  }
}

function leavesSite(link: string, page: string): boolean {
  if (/^([a-z]+:|#)/.test(link)) return false
  const [path = ''] = link.split('#')
  const file = join(docs, dirname(page), path)
  return existsSync(file) && !(file.startsWith(docs) && file.endsWith('.md'))
}
