import { defineConfig, env } from 'hookline'
import { python } from 'hookline/executors'
import { custom, github } from 'hookline/sources'
import { sqlite } from 'hookline/stores'

// Secrets that the environment does not give are made at the first start and kept in the data folder.
export default defineConfig({
  sources: {
    github: github({ secret: env('GITHUB_SECRET', { generate: true }) }),
    custom: custom({ token: env('CUSTOM_TOKEN', { generate: true }) }),
  },
  programs: {
    announce: python({
      script: './examples/announce-push/announce.py',
      params: ['branch', 'commit'],
    }),
    analyze: python({ script: './examples/analyze-data/analyze.py', params: ['size'] }),
  },
  rules: [
    { on: 'github.push', when: "branch == 'main'", run: 'announce' },
    { on: 'custom.data_update', when: 'payload.size > 10', run: 'analyze' },
  ],
  store: sqlite('./data/hookline.db'),
})
