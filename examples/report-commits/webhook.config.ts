import { defineConfig, env } from 'hookline'
import { python } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  sources: { github: github({ secret: env('GITHUB_SECRET', { generate: true }) }) },
  programs: {
    report: python({ function: 'report:count_by_author', preload: ['collections'] }),
  },
  rules: [{ on: 'github.push', run: 'report' }],
})
