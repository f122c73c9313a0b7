interface ListPage {
  readonly next: string | null
}

/** The first page with items, or the last one: if what is looked for is rare, the service may answer with empty pages. */
export async function firstResults<Page extends ListPage>(
  read: (more: { readonly after?: string }) => Promise<Page>,
  itemsOf: (page: Page) => readonly unknown[],
): Promise<Page> {
  let page = await read({})
  while (itemsOf(page).length === 0 && page.next !== null) page = await read({ after: page.next })
  return page
}
