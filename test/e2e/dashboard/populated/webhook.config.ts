import { defineConfig } from 'hookline'
import { http, python, subprocess } from 'hookline/executors'
import { custom, github, gitlab, stripe } from 'hookline/sources'
import { parrot, squawk } from './parrot.ts'
import { SECRET } from './secret.ts'

// A service in use: programs that succeed, fail, hang and wait, so that every state is there to be seen.
export default defineConfig({
  sources: {
    github: github({ secret: SECRET }),
    gitlab: gitlab({ token: SECRET }),
    shop: custom({ token: SECRET, id: { path: 'id' } }),
    payments: stripe({ secret: SECRET }),
    parrot: parrot({}),
  },
  programs: {
    deploy: python({
      script: './deploy.py',
      params: ['repository', 'branch', { name: 'commit', default: '' }],
      policy: { key: "repository + '/' + branch", pending: 'latest' },
    }),
    'run-tests': python({
      script: './run_tests.py',
      params: ['repository'],
      retry: { attempts: 2, backoffSeconds: 0.1 },
    }),
    'sync-order': subprocess({ command: ['/bin/cat'], stdin: 'payload' }),
    squawk: squawk({ retry: { attempts: 1 } }),
    'import-catalog': python({ script: './import_catalog.py', policy: { concurrency: 1 } }),
    'send-receipt': http({
      url: 'http://127.0.0.1:9/receipts',
      allowPrivate: true,
      allowHttp: true,
      retry: { attempts: 1 },
    }),
    'print-label': subprocess({ command: ['/bin/true'], runsOn: ['printer'] }),
    'nightly-report': subprocess({
      command: ['/bin/sleep', '60'],
      timeoutSeconds: 0.5,
      retry: { attempts: 1 },
    }),
  },
  rules: [
    { name: 'deploy-main', on: 'github.push', when: "branch == 'main' && !deleted", run: 'deploy' },
    { name: 'test-branches', on: 'github.push', when: "branch != 'main'", run: 'run-tests' },
    {
      name: 'urgent-issues',
      on: 'github.issues.opened',
      when: 'payload.issue.priority > 3',
      run: 'run-tests',
    },
    { name: 'orders', on: 'shop.order', when: 'payload.total > 0', run: 'sync-order' },
    { name: 'labels', on: 'shop.order', when: 'payload.total > 100', run: 'print-label' },
    { name: 'catalog', on: 'shop.catalog', run: 'import-catalog' },
    { name: 'report', on: 'shop.report', run: 'nightly-report' },
    { name: 'repeats', on: 'parrot', run: 'squawk' },
    { name: 'receipts', on: 'payments.invoice.paid', run: 'send-receipt' },
  ],
  node: { name: 'node-1', concurrency: 8, stopSeconds: 0 },
  managed: { programs: true, allowedCommands: ['/bin/*'] },
})
