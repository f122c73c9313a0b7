import { mountDashboard } from '../../../core/dashboard/mount.ts'
import type { DashboardApp } from '../../../core/dashboard/page.ts'
import { openApp } from '../api/app.ts'

/** The whole HTTP side with the pages, by a real store. */
export async function openDashboard(clock: () => number = Date.now, config: object = {}) {
  const opened = await openApp(config, (store) => store, { clock })
  opened.showMissing(mountPages(opened.app))
  return opened
}

/** Adds the pages to an app that has the API. */
export function mountPages(app: DashboardApp) {
  return mountDashboard(app, {
    settings: () => ({
      admin: { public: false, maxFailures: 10, sessionHours: 12 },
      publicUrl: 'http://localhost:12345',
    }),
  })
}
