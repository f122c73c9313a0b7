import { defineConfig, env } from 'hookline'
import { python } from 'hookline/executors'
import { github } from 'hookline/sources'
import { postgres } from 'hookline/stores'

// The same on every node. What differs (role, labels) is set on the command line.
export default defineConfig({
  publicUrl: env('PUBLIC_URL'),
  // The network of the proxy in compose.yaml, and what most clusters use for pods.
  trustedProxies: ['172.31.240.0/24', '10.0.0.0/8'],
  sources: { github: github({ secret: env('GITHUB_SECRET') }) },
  programs: { report: python({ script: './report.py', params: ['branch', 'commit'] }) },
  rules: [{ on: 'github.push', run: 'report' }],
  store: postgres(env('DATABASE_URL')),
})
