import type { Hono } from 'hono'
import { inspectRoutes } from 'hono/dev'
import { TrieRouter } from 'hono/router/trie-router'
import type { HttpTypes } from './types.ts'

/** Tells with which methods a path could be asked. The routes are read once, when it is needed first. */
export function methodsOf(app: Hono<HttpTypes>): (path: string) => readonly string[] {
  let router: TrieRouter<string> | null = null
  return (path) => {
    router ??= routerOf(app)
    const found = new Set(router.match('ALL', path)[0].map(([method]) => method))
    // Whoever can GET can ask for the headers alone.
    return found.has('GET') ? [...found.add('HEAD')] : [...found]
  }
}

function routerOf(app: Hono<HttpTypes>): TrieRouter<string> {
  const router = new TrieRouter<string>()
  for (const { isMiddleware, method, path } of inspectRoutes(app)) {
    if (!isMiddleware && method !== 'ALL') router.add('ALL', path, method)
  }
  return router
}
