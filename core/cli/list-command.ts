import type { Command } from 'commander'
import { filterOf } from './jobs/filters.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from './service-client.ts'
import { itemTable, nextPageText } from './tables.ts'

interface Options extends ServiceOptions {
  readonly after?: string
  readonly limit: string
}

interface ListPage {
  readonly next: string | null
}

interface List<Page, Item> {
  readonly path: string
  readonly itemsOf: (page: Page) => readonly Item[]
  /** What is printed where there is nothing. */
  readonly none: string
  readonly columns: Parameters<typeof itemTable<Item>>[1]
}

/** Makes a command print a page of a list, within its filters. */
export function listCommand<Page extends ListPage, Item>(
  command: Command,
  { path, itemsOf, none, columns }: List<Page, Item>,
): Command {
  const paged = command
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--after <next>', 'start after this, as printed below the last page')
  return withServiceOptions(paged).action((options: Options) => {
    const { after, limit } = options
    const query = { ...filterOf(options), after, limit }
    return printAnswer(
      options,
      (client) => firstResults((more) => client.get<Page>(path, { ...query, ...more }), itemsOf),
      (page) => {
        const items = itemsOf(page)
        return items.length === 0 ? none : itemTable(items, columns) + nextPageText(page.next)
      },
    )
  })
}

/** The first page with items, or the last one: if what is looked for is rare, the service may answer with empty pages. */
async function firstResults<Page extends ListPage>(
  read: (more: { readonly after?: string }) => Promise<Page>,
  itemsOf: (page: Page) => readonly unknown[],
): Promise<Page> {
  let page = await read({})
  while (itemsOf(page).length === 0 && page.next !== null) page = await read({ after: page.next })
  return page
}
