import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github } from 'hookline/sources'

export default defineConfig({
  sources: { github: github({ secret: env('GITHUB_SECRET', { generate: true }) }) },
  programs: {
    deploy: subprocess({
      command: ['python3', './deploy.py'],
      params: ['repository', 'branch', 'commit'],
      policy: { key: "repository + '/' + branch", pending: 'latest' },
    }),
  },
  rules: [{ on: 'github.push', when: 'branch != null && !deleted', run: 'deploy' }],
})
