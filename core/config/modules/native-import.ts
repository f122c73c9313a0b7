type Import = (url: string) => Promise<Record<string, unknown>>

// Test runners and bundlers rewrite `import()` in files that they transform, and then bypass Node's hooks. They do not
// change the content of a data: URL.
const SOURCE = 'data:text/javascript,export const load = (url) => import(url)'

let load: Promise<Import> | null = null

/** Imports a URL with Node's own loader. */
export async function nativeImport(url: string): Promise<Record<string, unknown>> {
  load ??= (import(/* @vite-ignore */ SOURCE) as Promise<{ load: Import }>).then(
    (module) => module.load,
  )
  return (await load)(url)
}
