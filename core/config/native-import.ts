type Import = (url: string) => Promise<Record<string, unknown>>

// A test runner or bundler rewrites `import()` in the files it transforms, and would then load the user's files
// past Node's hooks. What a data: URL holds is left alone.
const SOURCE = 'data:text/javascript,export const load = (url) => import(url)'

let load: Promise<Import> | null = null

/** Imports a URL by Node's own loader. */
export async function nativeImport(url: string): Promise<Record<string, unknown>> {
  load ??= (import(/* @vite-ignore */ SOURCE) as Promise<{ load: Import }>).then(
    (module) => module.load,
  )
  return (await load)(url)
}
