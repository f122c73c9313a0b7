import type { Hono } from 'hono'
import { lazyApp } from '../api/http/lazy-app.ts'
import type { HttpTypes } from '../api/http/types.ts'
import type { DashboardOptions } from './options.ts'
import { SECTION_PATHS } from './options.ts'

/**
 * Adds the pages to an app that has the API. They are loaded at the first request, so that a start does not wait for them.
 * Returns what answers any request with them: one to another address gets a page that says so.
 */
export function mountDashboard(app: Hono<HttpTypes>, options: DashboardOptions) {
  const pages = lazyApp(async () => {
    const { createDashboard } = await import('./dashboard.ts')
    return createDashboard(app, options) as Pick<Hono<HttpTypes>, 'fetch'>
  })
  const sections = ['/approve', '/assets', '/sign-in', ...SECTION_PATHS]
  for (const path of ['/', ...sections.flatMap(below)]) {
    app.all(path, pages)
  }
  return pages
}

function below(path: string): readonly string[] {
  return [path, `${path}/*`]
}
