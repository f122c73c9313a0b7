import type { Hono } from 'hono'
import { lazyApp } from '../api/http/lazy-app.ts'
import type { HttpTypes } from '../api/http/types.ts'
import type { DashboardOptions } from './options.ts'
import { SECTION_PATHS } from './options.ts'

/** Adds the pages to an app that has the API. They are loaded at the first request, so that a start does not wait for them. */
export function mountDashboard(app: Hono<HttpTypes>, options: DashboardOptions): void {
  const pages = lazyApp(async () => {
    const { createDashboard } = await import('./dashboard.ts')
    return createDashboard(app, options) as Pick<Hono<HttpTypes>, 'fetch'>
  })
  const sections = ['/approve', '/assets', '/sign-in', ...SECTION_PATHS]
  for (const path of ['/', ...sections.flatMap(below)]) {
    app.all(path, pages)
  }
}

function below(path: string): readonly string[] {
  return [path, `${path}/*`]
}
